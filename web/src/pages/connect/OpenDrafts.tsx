import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { relative } from '../../components/times';
import { Drafts, isEdit } from './drafts';
import { text } from './spec';
import { stepOf, steps } from './steps';

/** OpenDrafts offers what somebody began and did not end. */
export function OpenDrafts({ person }: { person: string }) {
  const [now] = useState(() => Date.now());
  const [drafts, setDrafts] = useState(() =>
    new Drafts(localStorage, person).list(now).filter((d) => !isEdit(d.id)),
  );
  if (drafts.length === 0) return null;
  const discard = (id: string) => {
    new Drafts(localStorage, person).remove(id);
    setDrafts((all) => all.filter((d) => d.id !== id));
  };
  return (
    <Card component="section" aria-labelledby="drafts" p="md">
      <Stack gap="sm">
        <Title order={2} fz="md" id="drafts">
          You began before
        </Title>
        {drafts.slice(0, 5).map((d) => {
          const title =
            d.name || [text(d.spec, 'source'), text(d.spec, 'table')].filter(Boolean).join(', ') || 'A draft';
          const at = steps.find((s) => s.id === stepOf(d.step))?.title ?? '';
          return (
            <Group key={d.id} justify="space-between" gap="xs">
              <Stack gap={0} miw={0}>
                <Text size="sm" fw={600} truncate>
                  {title}
                </Text>
                <Text size="xs" c="dimmed">
                  At {at}, {relative(d.changed - now)}
                </Text>
              </Stack>
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="light"
                  renderRoot={(props) => (
                    <Link to="/connect" search={{ draft: d.id, step: d.step }} {...props} />
                  )}
                  aria-label={`Go on with ${title}`}
                >
                  Go on
                </Button>
                <Button
                  size="xs"
                  variant="subtle"
                  color="gray"
                  onClick={() => discard(d.id)}
                  aria-label={`Discard ${title}`}
                >
                  Discard
                </Button>
              </Group>
            </Group>
          );
        })}
      </Stack>
    </Card>
  );
}
