package xads

import (
	"errors"
	"time"
)

// Audience is a custom audience. Absent values are zero (X Ads API docs, Audiences
// reference).
type Audience struct {
	ID, Name, Description string
	// Type is CRM for lists of people; WEB, MOBILE and FLEXIBLE exist too.
	Type string
	// Targetable says that campaigns can use it; if not, Reasons say why
	// (PROCESSING and TOO_SMALL are known).
	Targetable      bool
	Reasons         []string
	TargetableTypes []string
	// Size is the number of people matched; nil until X has worked it out, which
	// takes it hours.
	Size *int64
	// PermissionLevel is READ_WRITE or READ_ONLY, the latter for some shared ones.
	PermissionLevel string
	// OwnerAccountID is the account it belongs to. Some answers say only whether
	// that is this account; Owner is then set instead.
	OwnerAccountID string
	Owner          bool
	PartnerSource  string
	// Deleted audiences keep their name: it cannot be used again.
	Deleted              bool
	CreatedAt, UpdatedAt time.Time
}

// audienceJSON also knows the names of older samples, list_type and is_owner.
type audienceJSON struct {
	ID              text   `json:"id"`
	Name            text   `json:"name"`
	Description     text   `json:"description"`
	AudienceType    text   `json:"audience_type"`
	ListType        text   `json:"list_type"`
	Targetable      flag   `json:"targetable"`
	Reasons         texts  `json:"reasons_not_targetable"`
	TargetableTypes texts  `json:"targetable_types"`
	Size            whole  `json:"audience_size"`
	PermissionLevel text   `json:"permission_level"`
	OwnerAccountID  text   `json:"owner_account_id"`
	IsOwner         flag   `json:"is_owner"`
	PartnerSource   text   `json:"partner_source"`
	Deleted         flag   `json:"deleted"`
	CreatedAt       moment `json:"created_at"`
	UpdatedAt       moment `json:"updated_at"`
}

func (a audienceJSON) audience() (Audience, error) {
	if a.ID == "" {
		return Audience{}, errors.New("the answer holds an audience without an id")
	}
	if a.AudienceType == "" {
		a.AudienceType = a.ListType
	}
	return Audience{
		ID: string(a.ID), Name: string(a.Name), Description: string(a.Description),
		Type: string(a.AudienceType), Targetable: bool(a.Targetable),
		Reasons: a.Reasons, TargetableTypes: a.TargetableTypes, Size: a.Size.pointer(),
		PermissionLevel: string(a.PermissionLevel), OwnerAccountID: string(a.OwnerAccountID),
		Owner: bool(a.IsOwner), PartnerSource: string(a.PartnerSource), Deleted: bool(a.Deleted),
		CreatedAt: a.CreatedAt.Time, UpdatedAt: a.UpdatedAt.Time,
	}, nil
}
