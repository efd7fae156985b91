package report

// What is a sentence that the books say of money, in the reader's language.
func What(in Reader, text string) string { return text }
