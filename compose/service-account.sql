-- Runs once, when the data directory is empty: `admin` owns the database, `app` is what services use.
\getenv password SERVICE_PASSWORD
CREATE ROLE app LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE testfarm FROM PUBLIC;
GRANT CONNECT ON DATABASE testfarm TO app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
