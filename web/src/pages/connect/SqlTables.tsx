import { Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { tablesQuery } from '../../api/modelQueries';
import { plural } from '../../components/numbers';
import { Found } from './TableTree';

/** SqlTables lists what a query can read from; one that is chosen is written where the cursor stands. */
export function SqlTables({ source, insert }: { source: string; insert: (name: string) => void }) {
  const { data: tables } = useQuery(tablesQuery(source));
  const [search, setSearch] = useState('');
  if (!tables?.length) return null;
  return (
    <Stack gap="xs">
      <TextInput
        label="Search tables"
        description="A click writes the name into the query."
        placeholder={`Among ${plural(tables.length, 'table')}`}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
      />
      <Found tables={tables} search={search} value="" onChange={insert} />
      <Text size="xs" c="dimmed">
        While you write, names of tables and of their columns are offered.
      </Text>
    </Stack>
  );
}
