package sandbox

import "slices"

// The API's side of the balance: lists, newest first.

func (s *Server) listBalance(c *call) (map[string]any, *apiError) {
	from, to, e := c.created("created")
	if e != nil {
		return nil, e
	}
	var all []map[string]any
	for _, l := range slices.Backward(s.state.Balance) {
		fits := l.Created >= from && l.Created <= to
		for field, value := range map[string]string{"payout": l.Payout, "type": l.Type, "source": l.Source} {
			if asked := c.form.Get(field); asked != "" && asked != value {
				fits = false
			}
		}
		if fits {
			all = append(all, l.json(s.now().Unix()))
		}
	}
	return c.page(all)
}

func (s *Server) getBalance(c *call) (map[string]any, *apiError) {
	for _, l := range s.state.Balance {
		if l.ID == c.id {
			return l.json(s.now().Unix()), nil
		}
	}
	return nil, missing("balance transaction")
}

func (s *Server) listPayouts(c *call) (map[string]any, *apiError) {
	from, to, e := c.created("created")
	if e != nil {
		return nil, e
	}
	arriveFrom, arriveTo, e := c.created("arrival_date")
	if e != nil {
		return nil, e
	}
	var all []map[string]any
	for _, p := range slices.Backward(s.state.Payouts) {
		if status := c.form.Get("status"); status != "" && status != p.Status {
			continue
		}
		if p.Created >= from && p.Created <= to && p.Arrival >= arriveFrom && p.Arrival <= arriveTo {
			all = append(all, p.json())
		}
	}
	return c.page(all)
}

func (s *Server) getPayout(c *call) (map[string]any, *apiError) {
	for _, p := range s.state.Payouts {
		if p.ID == c.id {
			return p.json(), nil
		}
	}
	return nil, missing("payout")
}

// created reads a range of instants: name[gte] and name[lte].
func (c *call) created(name string) (from, to int64, e *apiError) {
	if from, e = c.number(name+"[gte]", 0); e != nil {
		return 0, 0, e
	}
	to, e = c.number(name+"[lte]", 1<<60)
	return from, to, e
}
