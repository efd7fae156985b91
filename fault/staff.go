package fault

// The steps of the staff pages' own.
var (
	InvitePerson   = Step{"invite_person"}
	TakeInvitation = Step{"take_invitation"}
	SignIn         = Step{"sign_in"}
	UseSession     = Step{"use_session"}
	EndSession     = Step{"end_session"}
	ChangeKeys     = Step{"change_keys"}
	ChangeRights   = Step{"change_rights"}
	MakeLetter     = Step{"make_letter"}
	ReviewAccess   = Step{"review_access"}
)

// PeopleSteps are the steps that an office comes to while people's rights, and the city's rules, are asked for and decided,
// and while files are brought.
var PeopleSteps = []Step{
	InvitePerson, ChangeRights, UseSession, EndSession, ReviewAccess, AskRules, DecideRules, ExportReport, ApplyFile, ImportBatch, ResolveHeldRow,
}
