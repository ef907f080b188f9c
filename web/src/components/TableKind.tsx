import { Badge } from '@mantine/core';
import { IconEye, IconTable, IconTableColumn } from '@tabler/icons-react';

import type { Table } from '../api/schema.gen';

type Kind = Table['kind'];

const icons = { table: IconTable, view: IconEye, materialised_view: IconTableColumn };

/** TableIcon tells tables from views at a glance; [TableKind] says it in a word. */
export function TableIcon({ kind }: { kind: Kind }) {
  const Icon = icons[kind];
  return <Icon size={16} stroke={1.6} aria-hidden />;
}

/** TableKind marks what is a view; a table needs no mark. */
export function TableKind({ kind }: { kind: Kind }) {
  if (kind === 'table') return null;
  return (
    <Badge color="gray" flex="none">
      {kind === 'view' ? 'view' : 'materialised view'}
    </Badge>
  );
}
