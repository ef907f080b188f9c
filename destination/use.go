package destination

import "context"

// Used is the optional ability to tell who else goes by an audience: the campaigns that
// use it, and the accounts that share it.
type Used interface {
	// AudienceUse fails with a clear error when the audience does not exist or was deleted.
	AudienceUse(ctx context.Context, id string) (AudienceUse, error)
}

// AudienceUse is who goes by an audience.
type AudienceUse struct {
	// Owner is the account that it belongs to, and Mine says that it is the one that asked;
	// Owner is empty where the destination does not tell.
	Owner string `json:"owner"`
	Mine  bool   `json:"mine"`
	// ReadOnly says that the account may not change it.
	ReadOnly bool `json:"read_only"`
	// SharedWith are the accounts that it was given to; null where only its owner is told.
	SharedWith []Share `json:"shared_with" nullable:"true"`
	// Campaigns are those that use it, and More says that there are more than are listed.
	Campaigns []Campaign `json:"campaigns" nullable:"false"`
	More      bool       `json:"more"`
}

// Share is an account that an audience was given to.
type Share struct {
	Account  string `json:"account"`
	ReadOnly bool   `json:"read_only"`
}

// Campaign is a campaign that uses an audience.
type Campaign struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	LineItems []LineItem `json:"line_items" nullable:"false"`
}

// LineItem is a part of a campaign that targets, or excludes, an audience.
type LineItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Servable says that it can be shown to people now.
	Servable bool `json:"servable"`
}
