import { Button, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { Run, RunError } from '../../api/schema.gen';
import { count, plural } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';
import { visible } from '../../components/visible';
import { adviceFor, kindLabel, sorted, stopped } from './advice';

/** Reasons groups what kept records, or the whole run, from delivery, and says how to mend each. */
export function Reasons({ run }: { run: Run }) {
  // The guard's question, and what stopped the run, stand above with their answers.
  const why = stopped(run);
  const all = sorted(run.errors).filter((e) => e !== why && (run.status !== 'needs_approval' || !e.removal));
  if (all.length === 0) return null;
  return (
    <Card component="section" aria-labelledby="reasons">
      <Title order={2} fz="h4" id="reasons" mb="sm">
        {plural(all.length, 'reason')} to look at
      </Title>
      <Stack gap="lg">
        {all.map((e) => (
          <Reason key={e.reason} run={run} error={e} />
        ))}
      </Stack>
    </Card>
  );
}

function Reason({ run, error }: { run: Run; error: RunError }) {
  const advice = adviceFor(error);
  const ids = error.sample_ids ?? [];
  return (
    <Stack gap="fine" component="article">
      <Title order={3} fz="md" fw={600}>
        {sentence(error.reason)}
      </Title>
      {advice.kind !== 'run' && (
        <Text size="sm">
          {count(error.count)} {kindLabel(advice.kind, error.count)}
        </Text>
      )}
      {advice.text && (
        <Text size="sm" c="dimmed" maw={720}>
          {advice.text}
        </Text>
      )}
      {ids.length > 0 && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            Such as
          </Text>
          {ids.map((id) => (
            <Code key={id}>{visible(id)}</Code>
          ))}
          {advice.kind !== 'value' && advice.kind !== 'run' && (
            <Button
              size="compact-xs"
              variant="subtle"
              renderRoot={(props) => (
                <Link
                  to="/runs/$id"
                  params={{ id: run.run_id }}
                  search={{ tab: 'records', reason: error.reason }}
                  {...props}
                />
              )}
            >
              Show these records
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}
