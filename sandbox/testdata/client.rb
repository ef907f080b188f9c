# Speaks to the sandbox as X's Ruby SDK and twurl do on the wire, through the oauth gem,
# which also signs a hash of the body.
#
# Usage: client.rb BASE_URL. Prints one JSON object about what it saw.
require 'cgi'
require 'digest'
require 'json'
require 'net/http'
require 'oauth'

BASE = ARGV.fetch(0)
ACCOUNT = '/11/accounts/18ce54d4x5t'.freeze
CONSUMER = OAuth::Consumer.new('ck', 'cs', site: BASE)
TOKEN = OAuth::AccessToken.new(CONSUMER, 'at', 'ats')

def query(params)
  params.map { |k, v| "#{CGI.escape(k.to_s)}=#{CGI.escape(v.to_s)}" }.join('&')
end

def ask(method, path, params = {}, body = nil)
  path += "?#{query(params)}" unless params.empty?
  headers = body ? { 'Content-Type' => 'application/json' } : {}
  answer = %i[post put].include?(method) ? TOKEN.send(method, path, body || '', headers) : TOKEN.send(method, path, headers)
  abort "#{method} #{path}: #{answer.code} #{answer.body}" if answer.code.to_i > 399
  JSON.parse(answer.body)
end

def digest(text)
  Digest::SHA256.hexdigest(text)
end

name = 'VIP, 50% off: a&b + é @home/;=?$'
created = ask(:post, "#{ACCOUNT}/custom_audiences", name: name)['data']
abort "name came back as #{created['name']}" unless created['name'].force_encoding('UTF-8') == name
audience = "#{ACCOUNT}/custom_audiences/#{created['id']}"
ask(:get, audience, with_deleted: true)

users = [{ email: [digest('a@example.com')] }, { email: [digest('b@example.com')], partner_user_id: ['p 1'] }]
body = [
  { operation_type: 'Update', params: { users: users, expires_at: '2099-01-01T08:00:00Z' } },
  { operation_type: 'Delete', params: { users: users.first(1) } }
].to_json
counts = ask(:post, "#{audience}/users", {}, body)['data']
abort "counts #{counts}" unless counts == { 'success_count' => 3, 'total_count' => 3 }
members = JSON.parse(Net::HTTP.get(URI("#{BASE}/_sandbox/audiences/#{created['id']}/members")))['identities']

4.times { |i| ask(:post, "#{ACCOUNT}/custom_audiences", name: "list #{i}", description: 'Ladies + Gentlemen') }
ids = []
cursor = nil
loop do
  params = { count: 2, sort_by: 'created_at-desc', q: 'LIST' }
  params[:cursor] = cursor if cursor
  page = ask(:get, "#{ACCOUNT}/custom_audiences", params)
  ids += page['data'].map { |a| a['id'] }
  cursor = page['next_cursor']
  break unless cursor
end
renamed = ask(:put, audience, name: 'an audience', description: '')['data']
deleted = ask(:delete, audience)['data']
puts JSON.generate(
  id: created['id'], members: members, listed: ids.uniq.size, renamed: renamed['name'], deleted: deleted['deleted']
)
