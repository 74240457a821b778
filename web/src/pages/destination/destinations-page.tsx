import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { countText } from '../../../../src/charts/number-text.ts';
import { useTitle } from '../../components/use-title.ts';
import { useServices } from '../../services.tsx';

/** Every destination, each a link to its view. */
export function DestinationsPage() {
  useTitle('Destinations');
  const { queries } = useServices();
  const destinations = useQuery(queries.destinations());
  return (
    <>
      <header className="page-head">
        <h1>Destinations</h1>
        <p className="opening">{destinations.data === undefined ? '\u00a0' : `${countText(destinations.data.length, 'destination')} known.`}</p>
      </header>
      <Panel title="All destinations">
        <QueryView query={destinations} what="the destinations" skeleton={<Skeleton height={120} />}>
          {(items) =>
            items.length === 0 ? (
              <Empty>
                What is measured appears here. Add one with <code>tacho destinations add</code>.
              </Empty>
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Host</th>
                    <th scope="col" className="wide">
                      Tags
                    </th>
                    <th scope="col">Status</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((destination) => (
                    <tr key={destination.id}>
                      <th scope="row" className="name">
                        <Link to="/destinations/$destination" params={{ destination: destination.name }}>
                          {destination.name}
                        </Link>
                      </th>
                      <td className="name">{destination.host}</td>
                      <td className="wide dim">{destination.tags.join(', ')}</td>
                      <td>{destination.external ? 'from posted results' : destination.status}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          }
        </QueryView>
      </Panel>
    </>
  );
}
