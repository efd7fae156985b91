package stripe_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fundy/processor"
)

const disputeText = `{"id":"dp_1","object":"dispute","amount":3000,"currency":"cad","charge":` + cardText + `,"payment_intent":` + paymentText + `,` +
	`"status":"needs_response","reason":"fraudulent","created":5,"livemode":false,"metadata":{"note":"Avery Payer"},"balance_transactions":[` +
	`{"id":"txn_2","object":"balance_transaction","type":"adjustment","reporting_category":"dispute","amount":-3000,"fee":1500,"net":-4500,"currency":"cad","created":5,"description":"Avery Payer","source":"dp_1"}],` +
	`"evidence":{"customer_name":"Avery Payer","billing_address":"1 Payer Road","customer_purchase_ip":"203.0.113.7","enhanced_evidence":{}},` +
	`"evidence_details":{"due_by":86400,"submission_count":0,"has_evidence":false,"past_due":false,"enhanced_eligibility":{"x":"Avery Payer"}},` +
	`"payment_method_details":{"type":"card","card":{"brand":"visa","exp_year":2097}}}`

// Of a dispute, nothing gets past the transport that names anybody, or that anybody has said in it.
func TestOfADisputeNothingPersonalIsRead(t *testing.T) {
	t.Parallel()
	a, h := answering(t, map[string]string{"/v1/disputes": list(disputeText), "/v1/disputes/dp_1": disputeText})
	ctx := context.Background()
	all, err := a.Disputes(ctx, time.Time{})
	one, oneErr := a.GetDispute(ctx, "dp_1")
	if err != nil || oneErr != nil || len(all) != 1 || all[0] != one {
		t.Fatalf("%+v, %v; %+v, %v", all, err, one, oneErr)
	}
	if one.State != processor.DisputeOpen || one.Payment != "pi_1" || one.Charge != "ch_1" || one.Amount.Minor() != 3000 || one.Taken.Minor() != 3000 || !one.Returned.IsZero() ||
		one.Fee.Minor() != 1500 || one.Reason != "fraudulent" || one.Answers != 0 || !one.DueBy.Equal(time.Unix(86400, 0)) || !one.OpenedAt.Equal(time.Unix(5, 0)) {
		t.Errorf("%+v", one)
	}
	for _, secret := range []string{"Avery", "Payer", "203.0.113.7", "evidence\"", "exp_", "2097", "brand", "enhanced", "description", "note"} {
		if strings.Contains(h.all.String(), secret) {
			t.Errorf("%q got past the transport: %s", secret, &h.all)
		}
	}
}

// One dispute that is not understood does not hide the others; what can't be one is an error.
func TestADisputeThatIsNotUnderstoodHidesNoOther(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a, _ := answering(t, map[string]string{"/v1/disputes": list(strings.Replace(disputeText, "needs_response", "moon_phase", 1) + "," + strings.Replace(disputeText, "dp_1", "dp_0", 1))})
	if all, err := a.Disputes(ctx, time.Time{}); err != nil || len(all) != 2 || all[0].Dispute != "dp_0" || all[1].State != processor.DisputeUnknown {
		t.Errorf("%+v, %v", all, err)
	}
	for name, c := range map[string][2]string{
		"the other mode": {`"created":5,"livemode":false,"metadata":{"note"`, `"created":5,"livemode":true,"metadata":{"note"`}, "no id": {`"id":"dp_1","object"`, `"id":"","object"`},
		"less than nothing": {`"amount":3000,"currency":"cad","charge"`, `"amount":-1,"currency":"cad","charge"`},
	} {
		a, _ := answering(t, map[string]string{"/v1/disputes": list(strings.Replace(disputeText, c[0], c[1], 1))})
		if all, err := a.Disputes(ctx, time.Time{}); processor.ClassOf(err) != processor.Misfit || all != nil {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
	a, _ = answering(t, map[string]string{"/v1/disputes/dp_1": strings.Replace(disputeText, "fraudulent", "He said: Avery!", 1)})
	if d, err := a.GetDispute(ctx, "dp_1"); err != nil || d.Reason != "unreadable" {
		t.Errorf("a reason that is no word: %+v, %v", d, err)
	}
}
