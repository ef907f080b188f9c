import { Anchor, Button, Modal, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, type Icon as TablerIcon } from '@tabler/icons-react';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { keep } from './useUnsaved';

import { connectionsQuery } from '../api/queries';
import { useAccess } from './access';
import { Ago } from './Ago';
import { Empty } from './Empty';
import { byName } from './numbers';
import { ObjectForm } from './ObjectForm';
import { usersOf, where, type Kind, type Stored } from './objects';
import { textOption, typeLabel } from './options';
import { PageHeader } from './PageHeader';
import { ProblemAlert } from './ProblemAlert';
import { tell } from './tell';
import { UsedBy } from './UsedBy';
import { Waiting } from './Waiting';

interface Props {
  kind: Kind;
  objects: UseQueryResult<Stored[]>;
  title: string;
  text: string;
  /** add is what the button that adds one says. */
  add: string;
  icon: TablerIcon;
  emptyTitle: string;
  emptyText: ReactNode;
}

/** ObjectList lists sources or X accounts with those who use them, and adds one. */
export function ObjectList({ kind, objects, title, text, add, icon, emptyTitle, emptyText }: Props) {
  const { edit } = useAccess();
  const connections = useQuery(connectionsQuery);
  const navigate = useNavigate();
  const [adding, { open, close }] = useDisclosure(false);
  const to = kind === 'source' ? '/sources/$name' : '/destinations/$name';
  const none = objects.data?.length === 0;
  const button = edit && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      {add}
    </Button>
  );
  return (
    <>
      <PageHeader title={title} text={text} actions={!none && button} />
      <ProblemAlert error={objects.error} retry={() => void objects.refetch()} />
      {objects.isPending && <Waiting />}
      {none && (
        <Empty icon={icon} title={emptyTitle} action={button}>
          {emptyText}
        </Empty>
      )}
      {objects.data && !none && (
        <Table.ScrollContainer minWidth={300}>
          <Table aria-label={title}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                {kind === 'source' && <Table.Th visibleFrom="sm">Type</Table.Th>}
                <Table.Th>Where</Table.Th>
                <Table.Th>Used by</Table.Th>
                <Table.Th visibleFrom="sm">Changed</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {[...objects.data]
                .sort((a, b) => byName(a.name, b.name))
                .map((o) => (
                  <Table.Tr key={o.name}>
                    <Table.Td>
                      <Anchor
                        renderRoot={(props) => <Link to={to} params={{ name: o.name }} {...props} />}
                        size="sm"
                        fw={600}
                      >
                        {o.name}
                      </Anchor>
                    </Table.Td>
                    {kind === 'source' && (
                      <Table.Td visibleFrom="sm">{typeLabel(textOption(o.spec.type))}</Table.Td>
                    )}
                    <Table.Td>
                      <Text size="sm" className="wrapped">
                        {where(o.spec)}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      <Text size="sm" component="div">
                        {connections.data && <UsedBy names={usersOf(kind, o.name, connections.data)} />}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      <Ago at={o.updated_at} />
                    </Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal opened={adding} onClose={close} title={add} size="lg" {...keep(true)}>
        <ObjectForm
          kind={kind}
          cancel={close}
          saved={(o) => {
            close();
            tell(`${o.name} is added.`);
            void navigate({ to, params: { name: o.name } });
          }}
        />
      </Modal>
    </>
  );
}
