package warehouse

import "context"

// commentKey is the context key of a statement's comment.
type commentKey struct{}

// WithComment has the statements of a source open with a comment: it tells the warehouse's
// administrator who asks, and what for.
func WithComment(ctx context.Context, comment string) context.Context {
	return context.WithValue(ctx, commentKey{}, comment)
}

// Comment is the comment that a source's statements open with; empty where nobody set one.
func Comment(ctx context.Context) string {
	comment, _ := ctx.Value(commentKey{}).(string)
	return comment
}
