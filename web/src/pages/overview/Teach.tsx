import { Badge, Button, Card, Code, Group, SimpleGrid, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconBrandX, IconCheck, IconDatabase, IconPlugConnected } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface Props {
  sources: number;
  destinations: number;
  edit: boolean;
}

/** Teach leads from an empty server to a first connection, in three steps. */
export function Teach({ sources, destinations, edit }: Props) {
  return (
    <Stack>
      <Text maw={720}>
        Eddy keeps an X audience exactly equal to a table or a query of your warehouse. Three steps lead
        there; the third asks for what the others left out, so you may begin with it.
      </Text>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        <Step
          n={1}
          icon={<IconDatabase size={22} aria-hidden />}
          title="A source"
          done={sources > 0}
          action={
            <Button
              variant={sources > 0 ? 'default' : 'filled'}
              renderRoot={(props) => <Link to="/sources" {...props} />}
            >
              {sources > 0 ? 'Look at the sources' : 'Add a source'}
            </Button>
          }
          edit={edit}
        >
          Where your customers are: a warehouse or database, or a DuckDB, CSV or Parquet file. Eddy only reads
          your tables; what it must remember lies in a schema of its own or on this server.
        </Step>
        <Step
          n={2}
          icon={<IconBrandX size={22} aria-hidden />}
          title="An X account"
          done={destinations > 0}
          action={
            <Button
              variant={sources > 0 && destinations === 0 ? 'filled' : 'default'}
              renderRoot={(props) => <Link to="/destinations" {...props} />}
            >
              {destinations > 0 ? 'Look at the accounts' : 'Add an X account'}
            </Button>
          }
          edit={edit}
        >
          Where the audience is. To try first, start <Code>eddy sandbox</Code>: it plays X’s Ads API on this
          machine, and nobody real is touched.
        </Step>
        <Step
          n={3}
          icon={<IconPlugConnected size={22} aria-hidden />}
          title="Connect them"
          done={false}
          action={
            <Button
              variant={sources > 0 && destinations > 0 ? 'filled' : 'default'}
              renderRoot={(props) => <Link to="/connect" {...props} />}
            >
              Connect
            </Button>
          }
          edit={edit}
        >
          Choose a table or write a query, say which columns are e-mails or phone numbers, look at the plan,
          and let it run.
        </Step>
      </SimpleGrid>
    </Stack>
  );
}

function Step({
  n,
  icon,
  title,
  done,
  children,
  action,
  edit,
}: {
  n: number;
  icon: ReactNode;
  title: string;
  done: boolean;
  children: ReactNode;
  action: ReactNode;
  edit: boolean;
}) {
  return (
    <Card component="section" aria-label={`Step ${n}: ${title}`}>
      <Stack h="100%" justify="space-between" align="flex-start">
        <Stack gap="xs">
          <Group gap="sm">
            <ThemeIcon size={40} radius="xl" variant="light">
              {icon}
            </ThemeIcon>
            <Title order={2} fz="h4">
              {n}. {title}
            </Title>
            {done && (
              <Badge color="green" leftSection={<IconCheck size={12} aria-hidden />}>
                Done
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed" component="div">
            {children}
          </Text>
        </Stack>
        {edit ? action : <Text size="sm">An editor or administrator can do this.</Text>}
      </Stack>
    </Card>
  );
}
