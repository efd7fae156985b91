package fault

// The steps of the pages of finance.
var (
	ExportReport = Step{"export_report"}
	AskRules     = Step{"ask_rules"}
	ApplyFile    = Step{"apply_file"}
	DecideRules  = Step{"decide_rules"}
)
