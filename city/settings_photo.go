package city

// PhotoSettings is what becomes of photographs of a contravention.
type PhotoSettings struct {
	OnPortal bool `toml:"on_portal" comment:"Whether the portal shows the photographs of a ticket that staff have released, to who has its number and its plate."`
	KeepDays int  `toml:"keep_days" comment:"How long the photographs of a ticket are kept once it has ended (paid, withdrawn, cancelled, void, written off): 30 to 3650. Then they are erased."`
}

func defaultPhoto() PhotoSettings { return PhotoSettings{KeepDays: 400} }

func (s *Settings) checkPhoto(f *faultList) { f.between("photo.keep_days", s.Photo.KeepDays, 30, 3650) }
