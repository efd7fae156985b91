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
