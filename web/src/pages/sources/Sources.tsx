import { IconDatabase } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { sourcesQuery } from '../../api/queries';
import { ObjectList } from '../../components/ObjectList';

/** Sources are the warehouses that models are read from. */
export default function Sources() {
  const sources = useQuery(sourcesQuery);
  return (
    <ObjectList
      kind="source"
      objects={sources}
      title="Sources"
      text="The warehouses that audiences are mirrored from."
      add="Add a source"
      icon={IconDatabase}
      emptyTitle="No source yet"
      emptyText="A source is where your customers are: a warehouse or database, a DuckDB file, CSV, Excel, Parquet and JSON files, or a list that you upload. Eddy reads it, and sends what belongs into an audience to X, hashed."
    />
  );
}
