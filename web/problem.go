package web

import "slices"

// Problem is what is wrong with what was typed: a field and a key of words.
type Problem struct {
	Field string
	Key   string
	Fill  []any
	More  []*Problem // the others of the same form, in its order
}

// Together makes one of all that is wrong with a form, in its order; nil where nothing is.
func Together(all ...*Problem) *Problem {
	all = slices.DeleteFunc(all, func(p *Problem) bool { return p == nil })
	if len(all) == 0 {
		return nil
	}
	first := *all[0]
	first.More = all[1:]
	return &first
}

// Each is this problem and the others of its form.
func (p *Problem) Each() []*Problem { return append([]*Problem{p}, p.More...) }

// Of is what is wrong with a field, or nil.
func (p *Problem) Of(field string) *Problem {
	if p == nil {
		return nil
	}
	for _, one := range p.Each() {
		if one.Field == field {
			return one
		}
	}
	return nil
}
