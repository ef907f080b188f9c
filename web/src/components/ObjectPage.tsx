import { Anchor, Button, Card, Modal, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPencil, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { keep } from './useUnsaved';

import { testObject } from '../api/objects';
import { connectionsQuery, kindsQuery } from '../api/queries';
import type { Kinds, Option } from '../api/schema.gen';
import { useAccess } from './access';
import { askToDelete } from './deleteAsked';
import { ObjectForm } from './ObjectForm';
import { usersOf, type Kind, type Stored } from './objects';
import { OptionList } from './OptionList';
import { sourceOptions, textOption } from './options';
import { PageHeader } from './PageHeader';
import { ProblemAlert } from './ProblemAlert';
import { tell } from './tell';
import { TestSteps } from './TestSteps';
import { UsersList } from './UsedBy';
import { Waiting } from './Waiting';

const lists = {
  source: { to: '/sources', label: 'Sources' },
  destination: { to: '/destinations', label: 'X accounts' },
} as const;

/** ObjectPage shows a source or X account: its options, its test, and who uses it. */
export function ObjectPage({
  kind,
  name,
  object,
  children,
}: {
  kind: Kind;
  name: string;
  object: UseQueryResult<Stored>;
  children: (object: Stored) => ReactNode;
}) {
  const { to, label } = lists[kind];
  const crumbs = [
    <Anchor key="list" renderRoot={(props) => <Link to={to} {...props} />} size="sm">
      {label}
    </Anchor>,
    <Text key="name" size="sm">
      {name}
    </Text>,
  ];
  if (!object.data)
    return (
      <>
        <PageHeader title={name} crumbs={crumbs} />
        {object.error ? (
          <ProblemAlert error={object.error} retry={() => void object.refetch()} />
        ) : (
          <Waiting lines={3} height={120} />
        )}
      </>
    );
  return (
    <Shown kind={kind} object={object.data} crumbs={crumbs}>
      {children(object.data)}
    </Shown>
  );
}

function Shown({
  kind,
  object,
  crumbs,
  children,
}: {
  kind: Kind;
  object: Stored;
  crumbs: ReactNode[];
  children: ReactNode;
}) {
  const { edit } = useAccess();
  const kinds = useQuery(kindsQuery);
  const connections = useQuery(connectionsQuery);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [editing, { open, close }] = useDisclosure(false);
  const test = useMutation({ mutationFn: () => testObject(kind, object.name) });
  const users = usersOf(kind, object.name, connections.data ?? []);
  const { to } = lists[kind];
  const uploaded = kinds.data?.sources.some(
    (k) => k.uploaded && kind === 'source' && k.type === object.spec.type,
  );
  const gone = () => {
    tell(`${object.name} is deleted.`);
    void navigate({ to }).then(() => queries.invalidateQueries({ queryKey: [`${kind}s`] }));
  };
  return (
    <>
      <PageHeader
        title={object.name}
        crumbs={crumbs}
        actions={
          edit && (
            <>
              <Button
                variant="default"
                leftSection={<IconPencil size={16} aria-hidden />}
                onClick={open}
                disabled={!kinds.data}
              >
                {uploaded ? 'Replace the file' : 'Change'}
              </Button>
              <Button
                variant="default"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={() => askToDelete(kind, object, users, gone)}
                disabled={!connections.data}
              >
                Delete
              </Button>
            </>
          )
        }
      />
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          <Card>
            <Title order={2} fz="h4" mb="sm">
              Settings
            </Title>
            <OptionList spec={object.spec} options={optionsOf(kind, object, kinds.data)} />
          </Card>
          <Stack gap="lg">
            <Card>
              <Title order={2} fz="h4" mb="sm">
                Used by
              </Title>
              {connections.data && users.length > 0 && <UsersList names={users} />}
              {connections.data && users.length === 0 && (
                <Text size="sm" c="dimmed">
                  No connection uses it yet.
                </Text>
              )}
              {edit && (
                <Button
                  mt="md"
                  variant="light"
                  leftSection={<IconPlugConnected size={16} aria-hidden />}
                  renderRoot={(props) => <Link to="/connect" search={{ [kind]: object.name }} {...props} />}
                >
                  Make a connection
                </Button>
              )}
            </Card>
            {edit && (
              <Card>
                <Title order={2} fz="h4" mb="sm">
                  Test
                </Title>
                <Stack align="flex-start">
                  <Text size="sm" c="dimmed">
                    Reaches it as it is stored, and says how to mend what fails. It changes no data.
                  </Text>
                  <Button variant="default" onClick={() => test.mutate()} loading={test.isPending}>
                    Test now
                  </Button>
                  <TestSteps testing={test.isPending} result={test.data} error={test.error} />
                </Stack>
              </Card>
            )}
          </Stack>
        </SimpleGrid>
        {children}
      </Stack>
      <Modal
        opened={editing}
        onClose={close}
        title={uploaded ? `Replace the file of ${object.name}` : `Change ${object.name}`}
        size="lg"
        {...keep(true)}
      >
        <ObjectForm
          key={object.version}
          kind={kind}
          stored={object}
          cancel={close}
          saved={() => {
            close();
            test.reset();
            tell(`${object.name} is changed.`);
          }}
        />
      </Modal>
    </>
  );
}

function optionsOf(kind: Kind, object: Stored, kinds: Kinds | undefined): Option[] {
  const type = textOption(object.spec.type);
  if (kind === 'destination') return kinds?.destinations.find((k) => k.type === type)?.options ?? [];
  const found = kinds?.sources.find((k) => k.type === type);
  // What an upload sets says nothing to people.
  return found && !found.uploaded ? sourceOptions(found) : [];
}
