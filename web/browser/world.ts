// What "go test ./cmd/eddy -run Browser" keeps running around the browser's tests.

const control = process.env.EDDY_BROWSER_WORLD;
if (!control) throw new Error('run these tests with: go test ./cmd/eddy -run Browser');

interface Places {
  sandbox: string;
  /** postgres are the options of a source in the warehouse. */
  postgres: Record<string, string>;
}

/** places are where the sandbox and the warehouse are. */
export const places = (await (await fetch(control)).json()) as Places;

/** sql runs statements in the warehouse. */
export async function sql(text: string): Promise<void> {
  const answer = await fetch(`${control}/sql`, { method: 'POST', body: text });
  if (!answer.ok) throw new Error(`${text}: ${await answer.text()}`);
}

/** table makes a table of the warehouse out of a query; its column id is the key. */
export async function table(name: string, query: string): Promise<void> {
  await sql(
    `DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} AS ${query}; ALTER TABLE ${name} ADD PRIMARY KEY (id)`,
  );
}

/** members are the identities in an audience, as the sandbox knows them. */
export async function members(audience: string): Promise<string[]> {
  const answer = await fetch(`${places.sandbox}/_sandbox/audiences/${audience}/members`);
  return ((await answer.json()) as { identities: string[] }).identities;
}

/** audienceCalled is the id of an audience in the sandbox. */
export async function audienceCalled(name: string): Promise<string> {
  const all = (await (await fetch(`${places.sandbox}/_sandbox/audiences`)).json()) as {
    id: string;
    name: string;
  }[];
  const found = all.find((a) => a.name === name);
  if (!found) throw new Error(`the sandbox has no audience ${name}`);
  return found.id;
}

/** fault makes the sandbox misbehave; its text form is that of "eddy sandbox --fault". */
export async function fault(text: string): Promise<void> {
  const answer = await fetch(`${places.sandbox}/_sandbox/faults`, { method: 'POST', body: text });
  if (!answer.ok) throw new Error(`${text}: ${await answer.text()}`);
}

/** campaign makes a campaign of the sandbox use an audience. */
export async function campaign(
  audience: string,
  name: string,
  lineItems: { id: string; name: string; servable: boolean }[],
): Promise<void> {
  const answer = await fetch(`${places.sandbox}/_sandbox/audiences/${audience}/targeted`, {
    method: 'POST',
    body: JSON.stringify({ campaign_id: name.toLowerCase(), campaign_name: name, line_items: lineItems }),
  });
  if (!answer.ok) throw new Error(`campaign ${name}: ${await answer.text()}`);
}

export async function clearFaults(): Promise<void> {
  await fetch(`${places.sandbox}/_sandbox/faults`, { method: 'DELETE' });
}

/** xAccount are the options of the sandbox's account. */
export const xAccount = {
  type: 'x_audience',
  account_id: '18ce54d4x5t',
  consumer_key: 'ck',
  consumer_secret: 'cs',
  access_token: 'at',
  access_token_secret: 'ats',
  default_region: 'US',
  api_url: places.sandbox,
};

/** warehouse are the options of a source in the warehouse. */
export const warehouse = { type: 'postgres', ...places.postgres, port: Number(places.postgres.port) };

/** password is everybody's. */
export const password = 'correct horse battery staple';

/** Server is a server with a store of its own. */
export class Server {
  private constructor(
    readonly url: string,
    /** setupToken makes the first administrator. */
    readonly setupToken: string,
  ) {}

  private session = '';

  /** start starts a server with nobody in it. */
  static async start(): Promise<Server> {
    const { url, token } = (await (await fetch(`${control}/servers`, { method: 'POST' })).json()) as {
      url: string;
      token: string;
    };
    return new Server(url, token);
  }

  /** furnished starts one with an administrator, the warehouse and the sandbox's account. */
  static async furnished(): Promise<Server> {
    const s = await Server.start();
    await s.setUp();
    await s.call('POST', '/api/v1/sources', { name: 'shop', spec: warehouse });
    await s.call('POST', '/api/v1/destinations', { name: 'x', spec: xAccount });
    return s;
  }

  /** setUp makes ada@example.com the first administrator. */
  async setUp(): Promise<void> {
    const answer = await fetch(`${this.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: this.setupToken, email: 'ada@example.com', name: 'Ada', password }),
    });
    if (!answer.ok) throw new Error(`set up: ${await answer.text()}`);
    this.take(answer);
  }

  /** take makes calls be those of the session that an answer began. */
  private take(answer: Response): void {
    this.session = answer.headers
      .getSetCookie()
      .map((c) => c.split(';')[0])
      .join('; ');
  }

  /** call calls the API as the administrator. */
  async call<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { Cookie: this.session, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    const json = answer.headers.get('Content-Type')?.includes('json') && text !== '';
    return (json ? JSON.parse(text) : text) as T;
  }

  /** connect makes a connection from a table to an audience of its own name. */
  async connect(name: string, table: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.call('POST', '/api/v1/connections', {
      name,
      spec: {
        source: 'shop',
        table,
        destination: 'x',
        audience: { create: { name } },
        identifier: 'id',
        mapping: { email: 'email' },
        ...more,
      },
    });
  }

  /** run runs a connection to its end. */
  async run(name: string, how: { approve?: boolean } = {}): Promise<{ run_id: string; status: string }> {
    const begun = await this.call<{ run_id: string }>('POST', `/api/v1/connections/${name}/runs`, how);
    for (;;) {
      const run = await this.call<{ run_id: string; status: string; finished_at?: string }>(
        'GET',
        `/api/v1/runs/${begun.run_id}`,
      );
      if (run.finished_at) return run;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  /** person adds somebody. */
  async person(email: string, role: 'viewer' | 'editor' | 'admin', raw = false): Promise<void> {
    await this.call('POST', '/api/v1/users', { email, role, password, raw_values: raw });
  }
}
