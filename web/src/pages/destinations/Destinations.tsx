import { IconBrandX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { destinationsQuery } from '../../api/queries';
import { ObjectList } from '../../components/ObjectList';

/** Destinations are the X Ads accounts whose audiences are kept. */
export default function Destinations() {
  const destinations = useQuery(destinationsQuery);
  return (
    <ObjectList
      kind="destination"
      objects={destinations}
      title="X accounts"
      text="The X Ads accounts whose audiences Eddy keeps."
      add="Add an X account"
      icon={IconBrandX}
      emptyTitle="No X account yet"
      emptyText="An X account is where audiences are. You need its id, as in its address at ads.x.com, and the four OAuth values of an app that X approved for the Ads API."
    />
  );
}
