package report

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"fundy/locale"
)

// saying is a sentence that the books say of money, as payout and settle write it, and the same in French. {1} is filled
// in; in the French one the places may stand in another order.
type saying struct{ en, fr string }

var sayings = []saying{
	{"of a day before: {1}", "d’un jour précédent\u00a0: {1}"},
	{"fees on charges", "frais sur les paiements"},
	{"the fee of it", "les frais de cette ligne"},
	{"captured, in no payout yet", "encaissé, dans aucun versement pour l’instant"},
	{"captured, and after {1} business days in no payout: fetch the payouts, then ask the processor about it", "encaissé, et après {1} jours ouvrables dans aucun versement\u00a0: lisez les versements, puis demandez au processeur"},
	{"a line of the processor's: {1}", "une ligne du processeur\u00a0: {1}"},
	{"{1} at the processor ({2})", "{1} chez le processeur ({2})"},
	{"the payout of {1} failed on {2}, and its money has not gone out again: put the bank account right at the processor", "le versement de {1} a échoué le {2}, et son argent n’est pas reparti\u00a0: corrigez le compte de banque chez le processeur"},
	{"the payout of {1} failed on {2}: its money goes out again with a later one", "le versement de {1} a échoué le {2}\u00a0: son argent repart avec un autre"},
	{"on its way to the bank, to arrive on {1}", "en route vers la banque, à arriver le {1}"},
	{"the payout of {1} was to be at the bank on {2}, by {3} at the latest, and no line of the bank is it: is a file of the bank missing? Else ask the processor", "le versement de {1} devait être à la banque le {2}, au plus tard le {3}, et aucune ligne de la banque n’est celui-là\u00a0: un fichier de la banque manque-t-il? Sinon, demandez au processeur"},
	{"the payout of {1} of {2} is not in the books: {3}", "le versement de {1} du {2} n’est pas aux livres\u00a0: {3}"},
	{"line {1}: {2} of {3}, type {4}, reference {5}, is nobody's by the rules: write a rule for it in deposits.toml and read the file again", "ligne {1}\u00a0: {2} du {3}, type {4}, référence {5}, n’est à personne selon les règles\u00a0: écrivez une règle dans deposits.toml et relisez le fichier"},
	{"line {1} of {2}: {3}", "ligne {1} de {2}\u00a0: {3}"},
	{"{1} of {2}, type {3}, reference {4}, is nobody's by the rules. Write a rule for it in deposits.toml and read the file again", "{1} du {2}, type {3}, référence {4}, n’est à personne selon les règles. Écrivez une règle dans deposits.toml et relisez le fichier"},
	{"the bank paid {1} on cheque {2} on {3}, and that is {4}", "la banque a payé {1} sur le chèque {2} le {3}, et c’est {4}"},
	{"the bank has {1} on {2}, and the payout of that amount has its line already: did the bank enter it twice?", "la banque a {1} le {2}, et le versement de ce montant a déjà sa ligne\u00a0: la banque l’a-t-elle inscrit deux fois?"},
	{"the bank has {1} on {2}; the payout {3} of that amount was to arrive on {4}: ask the bank about the day", "la banque a {1} le {2}; le versement {3} de ce montant devait arriver le {4}\u00a0: demandez le jour à la banque"},
	{"the bank has {1} on {2}, and the payout {3} is {4}: they differ by {5}. Ask the processor which is right", "la banque a {1} le {2}, et le versement {3} est de {4}\u00a0: l’écart est de {5}. Demandez au processeur ce qui est juste"},
	{"the bank has {1} on {2} from the processor, and no payout of ours is that: is it another account's at the processor? Fetch the payouts first", "la banque a {1} le {2} du processeur, et aucun versement à nous n’est cela\u00a0: est-ce d’un autre compte chez le processeur? Lisez d’abord les versements"},
	{"the bank has {1} on {2}, and the deposit of that amount has its line already: did the bank enter it twice?", "la banque a {1} le {2}, et le dépôt de ce montant a déjà sa ligne\u00a0: la banque l’a-t-elle inscrit deux fois?"},
	{"the bank has {1} on {2}; {3} of that amount is of {4}: ask the bank about the day", "la banque a {1} le {2}; {3} de ce montant est du {4}\u00a0: demandez le jour à la banque"},
	{"the bank took {1} back on {2} for the cheque {3}, and no deposited cheque of ours has that number and amount: enter the returned cheque, or ask the bank", "la banque a repris {1} le {2} pour le chèque {3}, et aucun chèque déposé par nous n’a ce numéro et ce montant\u00a0: inscrivez le chèque retourné, ou demandez à la banque"},
	{"the bank has {1} on {2}, and {3} is {4}: they differ by {5}. Count the copies again and ask the bank; then another person accepts the bank's count", "la banque a {1} le {2}, et {3} est de {4}\u00a0: l’écart est de {5}. Recomptez les doubles et demandez à la banque; puis une autre personne accepte le compte de la banque"},
	{"the bank has {1} on {2} from the terminals' acquirer, and no batch's total is that: enter the terminal's report", "la banque a {1} le {2} de l’acquéreur des terminaux, et aucun lot n’a ce total\u00a0: inscrivez le rapport du terminal"},
	{"the bank has {1} on {2} as a deposit of ours, and no slip is that: make the slip, or ask who else deposits", "la banque a {1} le {2} comme dépôt à nous, et aucun bordereau n’est cela\u00a0: faites le bordereau, ou demandez qui d’autre dépose"},
	{"make one", "faites-en un"},
	{"enter its report", "inscrivez son rapport"},
	{"the deposit slip {1} is on its way to the bank", "le bordereau de dépôt {1} est en route vers la banque"},
	{"the terminal batch {1} is on its way to the bank", "le lot du terminal {1} est en route vers la banque"},
	{"the deposit slip {1} of {2} is of {3}: it was to be at the bank by {4}, and no line of the bank is it. Is a file of the bank missing? Else ask the bank", "le bordereau de dépôt {1} de {2} est du {3}\u00a0: il devait être à la banque le {4}, et aucune ligne de la banque n’est celui-là. Un fichier de la banque manque-t-il? Sinon, demandez à la banque"},
	{"the terminal batch {1} of {2} is of {3}: it was to be at the bank by {4}, and no line of the bank is it. Is a file of the bank missing? Else ask the bank", "le lot du terminal {1} de {2} est du {3}\u00a0: il devait être à la banque le {4}, et aucune ligne de la banque n’est celui-là. Un fichier de la banque manque-t-il? Sinon, demandez à la banque"},
	{"taken at the counter, on no deposit slip yet", "encaissé au comptoir, sur aucun bordereau de dépôt pour l’instant"},
	{"taken at the counter, in no batch of its terminal yet", "encaissé au comptoir, dans aucun lot de son terminal pour l’instant"},
	{"taken at the counter, and after {1} business days on no deposit slip: {2}", "encaissé au comptoir, et après {1} jours ouvrables sur aucun bordereau de dépôt\u00a0: {2}"},
	{"taken at the counter, and after {1} business days in no batch of its terminal: {2}", "encaissé au comptoir, et après {1} jours ouvrables dans aucun lot de son terminal\u00a0: {2}"},
	{"a cheque that came back before it was deposited", "un chèque revenu avant d’être déposé"},
	{"what the terminals' acquirer kept", "ce que l’acquéreur des terminaux a retenu"},
	{"it has come right since", "c’est réglé depuis"},
	{"it is the deposit slip {1}, as {2} has accepted", "c’est le bordereau de dépôt {1}, comme {2} l’a accepté"},
	{"it is the deposit slip {1}", "c’est le bordereau de dépôt {1}"},
	{"it is the terminal batch {1}, as {2} has accepted", "c’est le lot du terminal {1}, comme {2} l’a accepté"},
	{"it is the terminal batch {1}", "c’est le lot du terminal {1}"},
	{"given back on the terminal", "remboursé au terminal"},
	{"a cheque that its payer's bank did not pay", "un chèque que la banque du payeur n’a pas payé"},
	{"a cheque of {1} came back on {2}, and no line of the bank takes it: is a file of the bank missing? Else ask the bank", "un chèque de {1} est revenu le {2}, et aucune ligne de la banque ne le reprend\u00a0: un fichier de la banque manque-t-il? Sinon, demandez à la banque"},
	{"a cheque came back: the bank has not taken its money yet", "un chèque est revenu\u00a0: la banque n’a pas encore repris son argent"},
	{"a charge that is none of our captures: somebody else takes money on this account, or it was taken by hand", "un paiement qui n’est aucun des nôtres\u00a0: quelqu’un d’autre encaisse sur ce compte, ou il a été pris à la main"},
	{"a second charge for the payment {1}, which has come already", "un second débit pour le paiement {1}, qui est déjà venu"},
	{"the charge is {1}, and we captured {2} (payment {3})", "le débit est de {1}, et nous avons encaissé {2} (paiement {3})"},
	{"a chargeback of none of our payments, or of one that does not fit: look among the chargebacks, and ask the processor", "une rétrofacturation d’aucun de nos paiements, ou d’un qui ne convient pas\u00a0: voyez les rétrofacturations, et demandez au processeur"},
	{"it was made by hand at the processor, which does not say what is in it: set payouts to automatic, and enter this one by hand", "il a été fait à la main chez le processeur, qui ne dit pas ce qu’il contient\u00a0: mettez les versements en automatique, et inscrivez celui-ci à la main"},
	{"it is in {1}, and the city's money is {2}", "il est en {1}, et la monnaie de la ville est {2}"},
	{"the processor lists the line {1} twice", "le processeur donne la ligne {1} deux fois"},
	{"its line {1} is in {2}", "sa ligne {1} est en {2}"},
	{"its lines are too large", "ses lignes sont trop grandes"},
	{"its {1} lines come to {2} and the payout is {3}: {4} is not explained. Fetch again; if it stays, ask the processor", "ses {1} lignes font {2} et le versement est de {3}\u00a0: {4} n’est pas expliqué. Lisez-le de nouveau; si cela reste, demandez au processeur"},
	{"the processor calls it {1}, which is none of the types we know", "le processeur l’appelle {1}, ce qui n’est aucun des types connus"},
	{"its lines can't be read ({1} {2}): ask the processor", "ses lignes ne se lisent pas ({1} {2})\u00a0: demandez au processeur"},
	{"it was {1} {2} and is now {3} {4}: nothing of it was changed; ask the processor", "il était de {1} {2} et est maintenant de {3} {4}\u00a0: rien n’en a été changé; demandez au processeur"},
	{"{1}: its report says {2}, and our entries come to {3}. Compare them one by one", "{1}\u00a0: son rapport dit {2}, et nos inscriptions font {3}. Comparez-les une par une"},
	{"it was to be at the bank on {1}, and no line of the bank is it: is a file of the bank missing? Else ask the processor", "il devait être à la banque le {1}, et aucune ligne de la banque n’est celui-là\u00a0: un fichier de la banque manque-t-il? Sinon, demandez au processeur"},
}

// saidBefore are the sayings of days that were closed before their words changed: these keep them.
var saidBefore = []saying{
	{"the bank took {1} back on {2} for the cheque {3}, and no deposited cheque of ours has that number and amount: enter it with fundy item returned, or ask the bank", "la banque a repris {1} le {2} pour le chèque {3}, et aucun chèque déposé par nous n’a ce numéro et ce montant\u00a0: inscrivez-le avec fundy item returned, ou demandez à la banque"},
	{"the bank has {1} on {2}, and {3} is {4}: they differ by {5}. Count the copies again and ask the bank; then fundy deposit accept", "la banque a {1} le {2}, et {3} est de {4}\u00a0: l’écart est de {5}. Recomptez les doubles et demandez à la banque; puis fundy deposit accept"},
	{"the bank has {1} on {2} from the terminals' acquirer, and no batch's total is that: enter it with fundy deposit terminal", "la banque a {1} le {2} de l’acquéreur des terminaux, et aucun lot n’a ce total\u00a0: inscrivez-le avec fundy deposit terminal"},
	{"the bank has {1} on {2} as a deposit of ours, and no slip is that: make the slip with fundy deposit make, or ask who else deposits", "la banque a {1} le {2} comme dépôt à nous, et aucun bordereau n’est cela\u00a0: faites le bordereau avec fundy deposit make, ou demandez qui d’autre dépose"},
}

// spoken is a saying that can be recognised.
type spoken struct {
	form *regexp.Regexp
	fr   string
}

var heard = func() []spoken {
	all := make([]spoken, len(sayings)+len(queueSayings)+len(saidBefore))
	for i, s := range slices.Concat(sayings, queueSayings, saidBefore) {
		form := regexp.QuoteMeta(s.en)
		for n := range 5 {
			form = strings.Replace(form, `\{`+string(rune('1'+n))+`\}`, "(.+?)", 1)
		}
		all[i] = spoken{regexp.MustCompile("^" + form + "$"), s.fr}
	}
	return all
}()

// inside are the parts of a sentence that are of words themselves.
var inside = strings.NewReplacer("the deposit slip ", "le bordereau de dépôt ", "the terminal batch ", "le lot du terminal ")

var cents = regexp.MustCompile(`^-?\d+\.\d\d$`)

// deepest bounds how many sentences stand in one another.
const deepest = 4

// What is a sentence that the books say of money, in the reader's language. What a person has said, and what has no
// translation, stays as it is.
func What(in Reader, text string) string {
	if in != "fr" {
		return text
	}
	return french(text, deepest)
}

// Noted is What of a note that the office itself has made: of it a single word is a code.
func Noted(in Reader, text string) string {
	if in != "fr" {
		return text
	}
	return french(part(text), deepest)
}

func french(text string, deep int) string {
	if deep == 0 {
		return text
	}
	for _, s := range heard {
		found := s.form.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		out := s.fr
		for n, p := range found[1:] {
			if said := part(p); said != p {
				p = said
			} else {
				p = inside.Replace(french(p, deep-1))
			}
			out = strings.Replace(out, "{"+string(rune('1'+n))+"}", p, 1)
		}
		return out
	}
	return text
}

// part is an amount, a day, an instant or a code of a sentence, in French; else it is as it was.
func part(p string) string {
	if cents.MatchString(p) {
		return strings.NewReplacer(".", ",", "-", "\u2212").Replace(p) + "\u00a0$"
	}
	if day, err := time.Parse(time.DateOnly, p); err == nil {
		return locale.Day("fr", day)
	}
	for _, form := range []string{time.DateTime, time.RFC3339} {
		if at, err := time.Parse(form, p); err == nil {
			return locale.Day("fr", at) + ", " + locale.Clock("fr", at)
		}
	}
	if fr, ok := codes[p]; ok {
		return fr
	}
	return p
}
