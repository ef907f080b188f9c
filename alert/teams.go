package alert

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// card is a message of Teams with one Adaptive Card, as incoming webhooks and the trigger
// "When a Teams webhook request is received" of Workflows take it (Microsoft Learn, "Create
// Incoming Webhooks", section "Send Adaptive Cards using an Incoming Webhook").
type card struct {
	Type        string       `json:"type"` // message
	Summary     string       `json:"summary"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	ContentType string       `json:"contentType"`
	ContentURL  *string      `json:"contentUrl"` // null: the card is here
	Content     adaptiveCard `json:"content"`
}

type adaptiveCard struct {
	Schema  string          `json:"$schema"`
	Type    string          `json:"type"` // AdaptiveCard
	Version string          `json:"version"`
	Body    []richTextBlock `json:"body"`
}

// richTextBlock is a paragraph. Unlike a TextBlock it reads no Markdown, so that nothing in a
// message becomes a link (Microsoft Learn, Adaptive Cards schema explorer, "TextRun"; since
// version 1.2 of the schema).
type richTextBlock struct {
	Type    string    `json:"type"` // RichTextBlock
	Inlines []textRun `json:"inlines"`
}

type textRun struct {
	Type   string `json:"type"` // TextRun
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Color  string `json:"color,omitempty"`
}

// longestCard is how much text a card has: Teams refuses messages above 28 KB (Microsoft
// Learn, "Create Incoming Webhooks").
const longestCard = 16 << 10

// teams posts the message to Microsoft Teams.
func (s Sender) teams(ctx context.Context, c Channel, m Message) error {
	body, err := json.Marshal(cardOf(m))
	if err != nil {
		return err
	}
	return s.post(ctx, "Teams", c.URL, http.Header{}, body)
}

// cardOf has a paragraph for each line of the message; the first is its subject.
func cardOf(m Message) card {
	content := adaptiveCard{Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.2"}
	for line := range strings.Lines(shorten(m.Text(), longestCard)) {
		content.Body = append(content.Body, richTextBlock{"RichTextBlock", []textRun{{Type: "TextRun", Text: strings.TrimRight(line, "\n")}}})
	}
	head := &content.Body[0].Inlines[0]
	head.Weight, head.Color = "Bolder", "Attention"
	if m.Turn == Recovered || m.Turn == Tested {
		head.Color = "Good"
	}
	return card{Type: "message", Summary: m.Subject(), Attachments: []attachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: content}}}
}

// shorten cuts a text that has more bytes than fit, between letters.
func shorten(text string, most int) string {
	const dots = "…"
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len(dots)], "") + dots
}
