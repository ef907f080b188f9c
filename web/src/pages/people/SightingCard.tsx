import { Badge, Button, Card, Code, Group, List, Stack, Text, Title } from '@mantine/core';
import { useId, useState } from 'react';

import type { Answer, Sighting } from '../../api/schema.gen';
import { ObjectLink } from '../../components/ObjectLink';
import { plural } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';
import { exact } from '../../components/times';
import { visible } from '../../components/visible';
import { standing } from './standing';

/** SightingCard is what one connection says of a person: how they stand, why, and what was done. */
export function SightingCard({ sighting: s }: { sighting: Sighting }) {
  const id = useId();
  const look = standing(s);
  return (
    <Card component="section" aria-labelledby={id}>
      <Stack gap="sm">
        <Group gap="sm">
          <Title order={2} fz="h4" id={id}>
            <ObjectLink kind="connection" name={s.connection} />
          </Title>
          <Badge color={look.color}>{look.label}</Badge>
        </Group>
        {s.trouble && (
          <Text size="sm">
            {sentence(s.trouble.detail)}
            {s.trouble.detail.endsWith('.') ? '' : '.'} {s.trouble.mend}
          </Text>
        )}
        {s.answer && <Why answer={s.answer} />}
      </Stack>
    </Card>
  );
}

/** most is how many lines of a history stand there at once. */
const most = 8;

function Why({ answer: a }: { answer: Answer }) {
  const [all, setAll] = useState(false);
  const log = [...a.log].sort((x, y) => y.sync_started_at.localeCompare(x.sync_started_at));
  const lines = all ? log : log.slice(0, most);
  return (
    <>
      <Text size="sm">{a.verdict}</Text>
      {a.rows.length + a.held.length > 0 && (
        <List size="sm">
          {a.rows.map((r, i) => (
            <List.Item key={`row ${i}`}>
              The model has record <Code>{visible(r.record_id)}</Code>
              {r.invalid ? `, which cannot be sent: ${r.invalid}` : ', which can be sent'}
              {!r.invalid && r.dropped.length > 0 && `, but without a value (${r.dropped.join('; ')})`}.
            </List.Item>
          ))}
          {a.held.map((h, i) => (
            <List.Item key={`held ${i}`}>
              Record <Code>{visible(h.record_id)}</Code> is {h.state}
              {h.lapses_at && `, until ${exact(h.lapses_at)}`}
              {h.reason && ` (${h.reason})`}.
            </List.Item>
          ))}
        </List>
      )}
      {log.length > 0 && (
        <Stack gap="fine">
          <Text size="sm" fw={600}>
            History
          </Text>
          <List size="sm" aria-label="History">
            {lines.map((l, i) => (
              <List.Item key={`${l.sync_run_id} ${i}`}>
                {exact(l.sync_started_at)}: {l.operation} of <Code>{visible(l.primary_key)}</Code> {l.status}{' '}
                in run <ObjectLink kind="run" name={l.sync_run_id} />
                {l.error_reason && ` (${l.error_reason})`}
              </List.Item>
            ))}
          </List>
        </Stack>
      )}
      {log.length > lines.length && (
        <Group>
          <Button size="xs" variant="default" onClick={() => setAll(true)}>
            Show {plural(log.length - lines.length, 'older line')}
          </Button>
        </Group>
      )}
    </>
  );
}
