package office

import (
	"context"
	"fmt"

	"fundy/city"
	pb "fundy/desk/deskpb"
)

// front is what the portal's pages say of the city today.
func (o *Office) front(_ context.Context, _ *pb.FrontRequest) (*pb.FrontResponse, error) {
	rules := o.rules.Load()
	p, ok := rules.ProfileOn(city.DateOf(o.Now(), o.city.Zone))
	if !ok {
		return nil, fmt.Errorf("the city has no profile today")
	}
	languages := make([]string, 0, len(o.city.Languages))
	for _, l := range o.city.Languages {
		languages = append(languages, string(l))
	}
	logo, err := logoOf(p)
	if err != nil {
		return nil, err
	}
	return &pb.FrontResponse{
		CityId: o.city.ID, Kind: string(o.city.Kind), Languages: languages,
		Zone: o.city.Zone.String(), Currency: o.city.Currency, Regime: o.city.Regime,
		Name: words(p.Name), Address: words(p.Address), Phone: p.Phone, Email: p.Email,
		Hours: words(p.Hours), Counter: words(p.Counter), Mail: words(p.Mail), Colour: p.Colour,
		NewDays: int32(p.NewDays), SealKey: o.public.Bytes(),
		TicketsMax: int32(o.limits.Tickets), Series: o.Settings.Ticket.Series, CardHost: o.Settings.Processor.CardHost,
		QuoteMinutes: int32(o.Settings.Payment.QuoteMinutes), Logo: logo, Reviews: o.reviewsOffered(), NoMail: o.Mail == nil,
	}, nil
}

func logoOf(p city.Profile) (*pb.Logo, error) {
	if len(p.Logo) == 0 {
		return nil, nil
	}
	l, err := city.ReadLogo(p.Logo)
	if err != nil {
		return nil, fmt.Errorf("the city's logo %w", err)
	}
	return &pb.Logo{Image: l.Bytes, Type: l.Type, Width: int32(l.Width), Height: int32(l.Height)}, nil
}

func words(t city.Text) *pb.Words {
	if len(t) == 0 {
		return nil
	}
	by := make(map[string]string, len(t))
	for l, s := range t {
		by[string(l)] = s
	}
	return &pb.Words{ByLanguage: by}
}
