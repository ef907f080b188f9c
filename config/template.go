package config

// Template is a commented configuration file to start from. It works against the
// sandbox and X alike once its variables are set.
func Template() string { return template }

// template is the text of Template.
const template = `# Eddy keeps an X Ads custom audience an exact mirror of a warehouse table or query.
# ${NAME} reads an environment variable, so that no secret stands in this file.

sources:
  shop:
    type: duckdb
    path: shop.duckdb            # relative to this file; read, never written

destinations:
  x:
    type: x_audience
    account_id: 18ce54d4x5t      # in the address of ads.x.com: /campaign_manager/<account_id>
    consumer_key: ${X_CONSUMER_KEY}
    consumer_secret: ${X_CONSUMER_SECRET}
    access_token: ${X_ACCESS_TOKEN}
    access_token_secret: ${X_ACCESS_TOKEN_SECRET}
    # default_region: US         # for phone numbers without a country code
    # api_url: http://127.0.0.1:8089   # the sandbox: eddy sandbox --listen 127.0.0.1:8089

connections:
  vip:
    source: shop
    table: main.customers        # or a query, sql: "select ..."
    destination: x
    audience: {create: {name: VIP, description: Top customers}}   # or {id: 1nmth}
    # split_by: country          # an audience for each value, with {country} in the name
    sync_mode: mirror            # upsert adds and updates, and never removes
    identifier: customer_id      # the column that names a record
    mapping:
      email: email               # destination field: column
      phone_number: phone
      # expires_at: {constant: "2027-12-31T00:00:00Z"}
    schedule: {type: manual}     # {type: basic, every: 6h} or {type: cron, expression: "0 */6 * * *"}, UTC
    # settings:                  # these are the defaults
    #   retain_sync_logs: true
    #   sync_log_retention_days: 30
    #   snapshots_to_retain: 5
    #   retry_failed_records: true
    #   max_attempts: 5
    #   guard: {max_removed_percent: 50, allow_empty: false}
    #   renew_before_days: 30
    #   max_shared: 0
    #   max_bytes: 0
`
