import { Route, Switch } from "wouter";
import { Gate } from "./entry/gate.tsx";
import { MovingNotice } from "./layout/moving.tsx";
import { Shell } from "./layout/shell.tsx";
import { NotFound } from "./layout/not-found.tsx";
import { LivePage } from "./live/page.tsx";
import { SessionsPage } from "./sessions/page.tsx";
import { StartPage } from "./start/page.tsx";

export function App() {
  return (
    <>
      <MovingNotice />
      <Gate>
        <Shell>
          <Switch>
            <Route path="/" component={SessionsPage} />
            <Route path="/start" component={StartPage} />
            <Route path="/sessions/:id">{({ id }) => <LivePage key={id} id={id} />}</Route>
            <Route>
              <NotFound what="page" />
            </Route>
          </Switch>
        </Shell>
      </Gate>
    </>
  );
}
