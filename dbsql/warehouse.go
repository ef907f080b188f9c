package dbsql

import (
	"context"
	"net/http"
	"net/url"
)

// Warehouse is a SQL warehouse as the workspace sees it.
type Warehouse struct {
	Name string `json:"name"`
	// State is RUNNING, STARTING, STOPPING, STOPPED, DELETING or DELETED.
	State string `json:"state"`
	Size  string `json:"cluster_size"`
}

// Warehouse asks how the client's warehouse is. It does not start it.
func (c *Client) Warehouse(ctx context.Context) (w Warehouse, err error) {
	return w, c.do(ctx, call{method: http.MethodGet, path: "/api/2.0/sql/warehouses/" + url.PathEscape(c.config.Warehouse), harmless: true}, &w)
}
