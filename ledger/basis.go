package ledger

import (
	"fmt"
	"sort"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// Basis is how a city's general ledger counts. The ledger here always keeps both: what is owed, and what has come.
type Basis string

// The bases. Under cash a receivable is read as the revenue of its component: what is issued and not paid then
// moves nothing, and what comes in is revenue when it comes.
const (
	Cash    Basis = city.CashBasis
	Accrual Basis = city.ReceivableBasis
)

// BasisOf is a city's basis; one that says nothing keeps its books on cash.
func BasisOf(l city.Ledger) Basis {
	if l.Basis == city.ReceivableBasis {
		return Accrual
	}
	return Cash
}

// Move is a posting, or the sum of several that are alike, with what it is of.
type Move struct {
	Entry     string // "" of a sum
	Kind      Kind   // "" of a sum; Imported is kept apart in one too
	Debit     Account
	Credit    Account
	Component ticket.ComponentKind
	Offence   string  // code of the ticket's
	Revenue   Account // any revenue account of the ticket: its offence's ledger key stands in it
	Amount    money.Amount
}

// Side is one side of a move: what an account moves by, by offence and component. One of Debit and Credit is zero,
// but in a sum.
type Side struct {
	Account   Account
	Key       string // the offence's ledger key
	Offence   string
	Component ticket.ComponentKind
	Debit     money.Amount
	Credit    money.Amount
}

// Tax is the tax code of a side, of those that a city has for each component: of what was earned, and given back of
// it. Where the money lies has none.
func (s Side) Tax(codes map[string]string) string {
	if strings.HasPrefix(string(s.Account), "revenue:") || strings.HasPrefix(string(s.Account), "refunds:") {
		return codes[string(s.Component)]
	}
	return ""
}

// KeyOf is the ledger key in the name of a revenue account; "" for none.
func KeyOf(a Account) string {
	rest, ok := strings.CutPrefix(string(a), "revenue:")
	end := strings.LastIndexByte(rest, ':')
	if !ok || end < 0 {
		return ""
	}
	return rest[:end]
}

// keyOf is the ledger key of a move: of its ticket's offence, or, of a charge, which is of no ticket, of the fees.
func keyOf(m Move) string {
	if m.Component == nsfFee {
		return KeyOf(NSFRevenue)
	}
	return KeyOf(m.Revenue)
}

// Sides are the two sides of a move as the basis has them: none of what it leaves out. The account through which
// discounts are set off is zero in each entry, and stays here.
func (b Basis) Sides(m Move) ([]Side, error) {
	key := keyOf(m)
	debit, credit := m.Debit, m.Credit
	if b == Cash {
		if m.Kind == Imported {
			return nil, nil // what another system took is in its books
		}
		if key == "" && (standsForRevenue(debit) || standsForRevenue(credit)) {
			return nil, fmt.Errorf("%s to %s, component %q: the ticket has no revenue account, so its ledger key is not known", debit, credit, m.Component)
		}
		debit, credit = asRevenue(debit, key, m.Component), asRevenue(credit, key, m.Component)
	}
	if debit == credit {
		return nil, nil
	}
	side := Side{Key: key, Offence: m.Offence, Component: m.Component}
	var all []Side
	for _, one := range []struct {
		account       Account
		debit, credit money.Amount
	}{{debit, m.Amount, money.Zero}, {credit, money.Zero, m.Amount}} {
		if one.account == offset {
			continue
		}
		side.Account, side.Debit, side.Credit = one.account, one.debit, one.credit
		all = append(all, side)
	}
	return all, nil
}

// standsForRevenue says whether an account holds what is owed and has not come, or has been given up.
func standsForRevenue(a Account) bool {
	return strings.HasPrefix(string(a), "receivable:") || strings.HasPrefix(string(a), "write_off:")
}

func asRevenue(a Account, key string, c ticket.ComponentKind) Account {
	if standsForRevenue(a) {
		return Revenue(key, c)
	}
	return a
}

// Sum adds moves up by account, ledger key, offence and component, in that order.
func (b Basis) Sum(moves []Move) ([]Side, error) {
	sums := map[Side]*Side{}
	for _, m := range moves {
		sides, err := b.Sides(m)
		if err != nil {
			return nil, err
		}
		for _, s := range sides {
			key := Side{Account: s.Account, Key: s.Key, Offence: s.Offence, Component: s.Component}
			if sums[key] == nil {
				sums[key] = &key
			}
			if err := sums[key].add(s); err != nil {
				return nil, err
			}
		}
	}
	all := make([]Side, 0, len(sums))
	for _, s := range sums {
		all = append(all, *s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].before(all[j]) })
	return all, nil
}

func (s *Side) add(more Side) (err error) {
	if s.Debit, err = s.Debit.Add(more.Debit); err != nil {
		return err
	}
	s.Credit, err = s.Credit.Add(more.Credit)
	return err
}

func (s Side) before(o Side) bool {
	for _, pair := range [][2]string{
		{string(s.Account), string(o.Account)}, {s.Key, o.Key}, {s.Offence, o.Offence}, {string(s.Component), string(o.Component)},
	} {
		if pair[0] != pair[1] {
			return pair[0] < pair[1]
		}
	}
	return false
}
