package intake

import (
	"fundy/city"
)

// Fault is why a file can't be read as a whole: what is wrong, and what to do.
type Fault struct{ What city.Said }

func (f *Fault) Error() string { return f.What.String() }

// In is what is wrong in a language.
func (f *Fault) In(l city.Language) string {
	what := f.What
	for i, a := range what.Args {
		if inner, ok := a.(city.Said); ok && l == city.French {
			what.Args = append([]any(nil), what.Args...)
			what.Args[i] = inner.In(l, french)
		}
	}
	return what.In(l, french)
}

// faulty makes a Fault; form is what is wrong, by which it has its French.
func faulty(form string, args ...any) error {
	return &Fault{city.Said{Form: form, Args: args}}
}

// french has what is said of a file of tickets in French, by its English. Names of fields and settings are the mapping's.
var french = map[string]string{
	// Of a row.
	"not a ticket's number (1 to 40 letters and digits)":                                 "pas un numéro de contravention (1 à 40 lettres et chiffres)",
	"not a plate (1 to 12 letters and digits)":                                           "pas une plaque (1 à 12 lettres et chiffres)",
	"a day that has not come yet":                                                        "un jour qui n’est pas encore venu",
	"the city has no schedule for that day":                                              "la ville n’a pas de barème pour ce jour",
	"the code has no offence in the mapping's table":                                     "le code n’a pas de contravention dans le tableau de la correspondance",
	"the schedule of its day does not have the offence: map the code to one that it has": "le barème de son jour n’a pas cette contravention\u00a0: faites correspondre le code à une qu’il a",
	"the offence has a fee or charge, which can't be added under %s":                     "la contravention a des frais, qui ne s’ajoutent pas sous %s",
	"the offence has no title in %q":                                                     "la contravention n’a pas de titre en «\u00a0%s\u00a0»",
	"neither \"windshield\" nor \"mail\": use values":                                    "ni \"windshield\" ni \"mail\"\u00a0: servez-vous de values",
	"not a state of the regime %s (%s): use values":                                      "pas un état du régime %s (%s)\u00a0: servez-vous de values",
	"empty, and the state is paid":                                                       "vide, et l’état est payé",
	"not paid, and paid_on is given: a part payment can't be taken over":                 "pas payé, et paid_on est là\u00a0: un paiement partiel ne peut être repris",
	"before the issue, or a day that has not come yet":                                   "avant la délivrance, ou un jour qui n’est pas encore venu",
	noticeLate: "plus de %s mois après la contravention\u00a0: un tel avis ne peut être donné, et la contravention n’est pas due",
	noPrice:    "le barème ne lui donne pas de prix au jour de sa délivrance",
	notClosed:  "ne ferme pas le compte de la contravention",
	"more than the most that a penalty may be under %s":                                           "plus que la plus haute pénalité sous %s",
	"looks like a card number: take it out where the ticket was written, and bring the row again": "ressemble à un numéro de carte\u00a0: enlevez-le là où la contravention a été écrite, et apportez de nouveau la ligne",
	"looks like a card number: take it out of the file":                                           "ressemble à un numéro de carte\u00a0: enlevez-le du fichier",
	"longer than 300 bytes":         "plus long que 300 octets",
	"has a control character in it": "contient un caractère de commande",
	"empty":                         "vide",
	"not written in a notation of the mapping (its forms), or no such day":  "pas écrit comme la correspondance le dit (forms), ou ce jour n’existe pas",
	"not written in a notation of the mapping (its forms), or no such time": "pas écrit comme la correspondance le dit (forms), ou cette heure n’existe pas",
	"before file.earliest (%s)":                                       "avant file.earliest (%s)",
	"neither yes nor no: use values":                                  "ni oui ni non\u00a0: servez-vous de values",
	"no plate, and no_plate does not say yes":                         "pas de plaque, et no_plate ne dit pas oui",
	"empty; where that means that there is none, write none = [\"\"]": "vide; si cela veut dire qu’il n’y en a pas, écrivez none = [\"\"]",
	"not an amount": "pas un montant",
	"made_up.pick: write a day as \"+9\", so many days after the issue, or 2026-03-01":                "made_up.pick\u00a0: écrivez un jour comme \"+9\", tant de jours après la délivrance, ou 2026-03-01",
	"made_up.pick: write a day as \"+9\"":                                                             "made_up.pick\u00a0: écrivez un jour comme \"+9\"",
	"value not among the mapping's values":                                                            "valeur qui n’est pas parmi celles de la correspondance (values)",
	"more fields than columns: is a delimiter inside a field not quoted?":                             "plus de champs que de colonnes\u00a0: un séparateur dans un champ est-il sans guillemets?",
	"fewer fields than columns: is a line break inside a field not quoted, or is the file cut short?": "moins de champs que de colonnes\u00a0: une fin de ligne dans un champ est-elle sans guillemets, ou le fichier est-il coupé?",
	tooLong:       "la ligne a plus de 64 Kio; un guillemet est-il resté ouvert, ou faut-il d’autres guillemets?",
	tooManyFields: "la ligne a plus de 1\u00a0000 champs; le séparateur est-il le bon?",
	openQuote:     "un guillemet est resté ouvert; essayez quoting = \"lazy\" ou \"none\"",
	bareQuote:     "un guillemet au milieu d’un champ; essayez quoting = \"lazy\", \"backslash\" ou \"none\"",
	afterQuote:    "du texte après un guillemet fermant; essayez quoting = \"backslash\" ou \"lazy\"",
	notUTF8:       "pas en UTF-8; essayez encoding = \"windows-1252\"",
	zeroByte:      "un octet nul; le codage est-il utf-16le?",

	// Of the file.
	"the file is empty: it should begin with a header": "le fichier est vide\u00a0: il devrait commencer par un en-tête",
	"read header: %s": "l’en-tête ne se lit pas\u00a0: %s",
	"the header has %q twice, in columns %d and %d: name it by its position":                                                    "l’en-tête a «\u00a0%s\u00a0» deux fois, aux colonnes %s et %s\u00a0: nommez-la par sa position",
	"the mapping's column %q is not in the header%s Name one that is; the header has: %s":                                       "la colonne «\u00a0%[1]s\u00a0» de la correspondance n’est pas dans l’en-tête. Nommez-en une qui y est; l’en-tête a\u00a0: %[3]s",
	"the mapping's column %d: the file has %d columns: name one of these":                                                       "la colonne %s de la correspondance\u00a0: le fichier a %s colonnes\u00a0: nommez-en une",
	"more than %d rows: split the file":                                                                                         "plus de %s lignes\u00a0: divisez le fichier",
	"import: a file's name holds what looks like a card number: give it another name":                                           "le nom du fichier contient ce qui ressemble à un numéro de carte\u00a0: donnez-lui un autre nom",
	"import: the mapping makes things up ([made_up]), and this city is live: use a mapping that takes everything from the file": "la correspondance invente des choses ([made_up]), et cette ville est réelle\u00a0: prenez une correspondance qui tire tout du fichier",
	"the gzip file ends too early: it was cut short on its way; get it whole and import it again":                               "le fichier gzip finit trop tôt\u00a0: il a été coupé en chemin; demandez-le entier et apportez-le de nouveau",
	"the gzip file is damaged: get it again, or unpack it first: %s":                                                            "le fichier gzip est abîmé\u00a0: demandez-le de nouveau, ou décompressez-le d’abord",
	"this is a zip file or a spreadsheet: unpack it, or save the sheet as CSV":                                                  "c’est un fichier zip ou un classeur\u00a0: décompressez-le, ou enregistrez la feuille en CSV",
	"this file is UTF-16, and the mapping does not say so: write encoding = \"utf-16le\" under [file]":                          "ce fichier est en UTF-16, et la correspondance ne le dit pas\u00a0: écrivez encoding = \"utf-16le\" sous [file]",
}
