import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { destinationQuery } from '../../api/queries';
import { ObjectPage } from '../../components/ObjectPage';
import { Audiences } from './Audiences';

const route = getRouteApi('/app/destinations/$name');

/** Destination shows one X account, and its audiences. */
export default function Destination() {
  const { name } = route.useParams();
  const destination = useQuery(destinationQuery(name));
  return (
    <ObjectPage kind="destination" name={name} object={destination}>
      {(object) => <Audiences key={object.version} destination={object} />}
    </ObjectPage>
  );
}
