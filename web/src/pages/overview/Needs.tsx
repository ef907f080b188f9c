import { Alert, Anchor, Card, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import {
  IconAlertTriangle,
  IconBell,
  IconCircleCheck,
  IconCircleX,
  IconClockExclamation,
  IconHandStop,
  IconKey,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { Ago } from '../../components/Ago';
import { MoreButton } from './MoreButton';
import type { Attention, Need } from './attention';

const signs: Record<Need, { color: string; icon: typeof IconKey }> = {
  approval: { color: 'grape', icon: IconHandStop },
  unusable: { color: 'red', icon: IconCircleX },
  credentials: { color: 'red', icon: IconKey },
  failed: { color: 'red', icon: IconCircleX },
  stale: { color: 'orange', icon: IconClockExclamation },
  'left out': { color: 'orange', icon: IconAlertTriangle },
  alert: { color: 'orange', icon: IconBell },
};

const few = 6;

/** Needs lists what needs a person. */
export function Needs({ list }: { list: Attention[] }) {
  const [all, setAll] = useState(false);
  if (list.length === 0)
    return (
      <Alert color="green" icon={<IconCircleCheck aria-hidden />} title="Nothing needs you">
        <Text size="sm">Every connection does what it should.</Text>
      </Alert>
    );
  return (
    <Card component="section" aria-labelledby="needs">
      <Title order={2} fz="h4" id="needs" mb="sm">
        Needs a person
      </Title>
      <Stack gap="md" component="ul" m={0} p={0}>
        {(all ? list : list.slice(0, few)).map((a) => (
          <One key={a.connection} a={a} />
        ))}
      </Stack>
      {list.length > few && <MoreButton all={all} total={list.length} onToggle={() => setAll(!all)} />}
    </Card>
  );
}

function One({ a }: { a: Attention }) {
  const sign = signs[a.need];
  const run = a.run;
  return (
    <Group component="li" display="flex" wrap="nowrap" align="flex-start" gap="sm">
      <ThemeIcon color={sign.color} variant="light" radius="xl" aria-hidden>
        <sign.icon size={18} />
      </ThemeIcon>
      <Stack gap="hair" miw={0}>
        <Group gap="xs">
          <Anchor
            fw={600}
            renderRoot={(props) =>
              run ? (
                <Link to="/runs/$id" params={{ id: run }} {...props} />
              ) : (
                <Link to="/connections/$name" params={{ name: a.connection }} {...props} />
              )
            }
          >
            {a.connection}: {a.title}
          </Anchor>
          {a.since && (
            <Text size="xs" c="dimmed" component="div">
              <Ago at={a.since} />
            </Text>
          )}
        </Group>
        <Text size="sm" c="dimmed" lineClamp={3}>
          {a.text}
        </Text>
      </Stack>
    </Group>
  );
}
