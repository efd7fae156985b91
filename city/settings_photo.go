package city

// PhotoSettings is what becomes of photographs of a contravention.
type PhotoSettings struct {
	OnPortal bool `toml:"on_portal" comment:"Whether the portal shows the photographs of a ticket that staff have released, to who has its number and its plate."`
}
