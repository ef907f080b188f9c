package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
)

func (m *Main) payload() *cobra.Command {
	var noHash bool
	var region string
	cmd := &cobra.Command{
		Use:   "payload",
		Short: "Turn record events into the request bodies that X would get",
		Long: `Payload reads record events on standard input, one JSON object a line, and
prints the request bodies that X would get, one JSON array a line: those that
delete first, then those that update. Events that cannot be sent are named on
standard error by line and reason, and make the exit code 1.`,
		Example: "  eddy records -f eddy.yaml vip | eddy payload",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := xaudience.NewPreparer(!noHash, strings.ToUpper(region))
			if err != nil {
				return usage("--default-region: %q is not a region; write two letters such as US", region)
			}
			return newPayload(m, p).run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&noHash, "no-hash", false, "values are digests already; refuse those that are not")
	cmd.Flags().StringVar(&region, "default-region", "", "two-letter `region` of phone numbers without a country code")
	return cmd
}

// payload packs record events into request bodies.
type payload struct {
	m        *Main
	preparer destination.Preparer
	fields   []eddy.Field
	out      *bufio.Writer
	// later keeps the update bodies, which hold digests only, until all deletes are out.
	later  *os.File
	bad    int
	line   int64
	render map[destination.Verb]destination.Delivery
}

func newPayload(m *Main, p destination.Preparer) *payload {
	return &payload{m: m, preparer: p, fields: xaudience.Kind().Fields, out: bufio.NewWriterSize(m.Stdout, 1<<16)}
}

func (p *payload) run(ctx context.Context) (err error) {
	if p.later, err = os.CreateTemp("", "eddy-payload-*"); err != nil {
		return fmt.Errorf("keep the update bodies: %w", err)
	}
	defer func() { err = errors.Join(err, p.later.Close(), os.Remove(p.later.Name())) }()
	updates := bufio.NewWriterSize(p.later, 1<<16)
	p.render = map[destination.Verb]destination.Delivery{
		destination.Remove: xaudience.NewRenderer(lines(p.out), p.refused),
		destination.Add:    xaudience.NewRenderer(lines(updates), p.refused),
	}
	if err := p.read(ctx); err != nil {
		return err
	}
	for _, verb := range []destination.Verb{destination.Remove, destination.Add} {
		if err := p.render[verb].Finish(ctx); err != nil {
			return err
		}
	}
	if err := errors.Join(updates.Flush(), rewind(p.later)); err != nil {
		return err
	}
	if _, err := io.Copy(p.out, p.later); err != nil {
		return err
	}
	if err := p.out.Flush(); err != nil {
		return err
	}
	if p.bad > 0 {
		return exitStatus(1)
	}
	return nil
}

func rewind(f *os.File) error {
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// lines writes each body on a line of its own.
func lines(w *bufio.Writer) func([]byte, int) error {
	return func(body []byte, _ int) error {
		if _, err := w.Write(body); err != nil {
			return err
		}
		return w.WriteByte('\n')
	}
}

func (p *payload) read(ctx context.Context) error {
	in := bufio.NewReaderSize(p.m.Stdin, 1<<16)
	for {
		data, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read events: %w", err)
		}
		p.line++
		if text := bytes.TrimSpace(data); len(text) > 0 {
			if reason := p.event(ctx, text); reason != "" {
				p.refuse(p.line, reason)
			}
		}
		if err != nil {
			return ctx.Err()
		}
	}
}

func (p *payload) refuse(line int64, reason string) {
	p.bad++
	fmt.Fprintf(p.m.Stderr, "line %d: %s\n", line, eddy.VisibleLines(reason))
}

func (p *payload) refused(r destination.Report) {
	for _, o := range r.Outcomes {
		p.refuse(o.Seq, o.Reason)
	}
}

// event packs one event, or says why it cannot be sent.
func (p *payload) event(ctx context.Context, text []byte) string {
	var r eddy.Record
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&r); err != nil {
		return "not a record event: " + jsonFault(err)
	}
	if dec.More() {
		return "not a record event: more than one JSON value on the line"
	}
	if r.Type != "record" {
		return `not a record event: "type" is not "record"`
	}
	verb := destination.Add
	switch r.Action {
	case eddy.ActionInsert, eddy.ActionUpdate:
	case eddy.ActionDelete:
		verb = destination.Remove
	default:
		return `"action" is not insert, update or delete`
	}
	values, reason := p.values(r.Fields)
	if reason != "" {
		return reason
	}
	var out destination.Prepared
	p.preparer.Prepare(values, &out)
	if out.Invalid != "" {
		return out.Invalid
	}
	for _, x := range out.Problems {
		fmt.Fprintf(p.m.Stderr, "line %d: sent without a value: %s\n", p.line, x.Reason)
	}
	return p.add(ctx, verb, &out)
}

// jsonFault says what is wrong with a line without quoting its values.
func jsonFault(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field == "" {
		return "it is no JSON object (" + e.Value + ")"
	} else if ok {
		return fmt.Sprintf("%q has the wrong type (%s)", e.Field, e.Value)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "the JSON is cut off"
	}
	return "it is not JSON"
}

// values lays an event's fields out in the destination's order.
func (p *payload) values(fields map[string]any) ([]string, string) {
	out := make([]string, len(p.fields))
	for i, f := range p.fields {
		text, ok := textOf(fields[f.Name])
		if !ok {
			return nil, f.Name + ": neither text nor number nor a list of them"
		}
		out[i] = text
	}
	return out, ""
}

// textOf is a JSON value as text; a list becomes its values joined by commas.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case []any:
		parts := make([]string, 0, len(v))
		for _, x := range v {
			if _, nested := x.([]any); nested {
				return "", false
			}
			s, ok := textOf(x)
			if !ok {
				return "", false
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ","), true
	default:
		return "", false
	}
}

func (p *payload) add(ctx context.Context, verb destination.Verb, out *destination.Prepared) string {
	item := destination.Item{Seq: p.line, Identities: out.Identities, EffectiveAt: out.EffectiveAt, ExpiresAt: out.ExpiresAt}
	data := p.render[verb].Encode(nil, &item)
	x := destination.Encoded{Seq: p.line, Len: len(data)}
	if !item.EffectiveAt.IsZero() {
		x.EffectiveAt = item.EffectiveAt.Unix()
	}
	if !item.ExpiresAt.IsZero() {
		x.ExpiresAt = item.ExpiresAt.Unix()
	}
	if err := p.render[verb].Add(ctx, &destination.Page{Verb: verb, To: p.line, Items: []destination.Encoded{x}, Data: data}); err != nil {
		return err.Error()
	}
	return ""
}
