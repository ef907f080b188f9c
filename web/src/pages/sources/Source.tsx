import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { sourceQuery } from '../../api/queries';
import { useAccess } from '../../components/access';
import { ObjectPage } from '../../components/ObjectPage';
import { textOption } from '../../components/options';
import { TableBrowser } from './TableBrowser';

const route = getRouteApi('/app/sources/$name');

/** Source shows one warehouse, and what is in it. */
export default function Source() {
  const { name } = route.useParams();
  const { edit } = useAccess();
  const source = useQuery(sourceQuery(name));
  return (
    <ObjectPage kind="source" name={name} object={source}>
      {({ spec }) => edit && <TableBrowser source={name} schema={textOption(spec.schema) || '_eddy'} />}
    </ObjectPage>
  );
}
