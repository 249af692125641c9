-- The monthly P&L by channel in DuckDB, tuned: what scrm-calc calls "pnl DIR -M --by channel", by the same rules.
-- duckdb_pnl.py puts the data directory, the threads and the columns of orders in. Money is whole cents throughout.
--
-- What makes it fast: no types are guessed; orders are read once, into narrow rows of numbers; the small side of each
-- join is built; distinct buyers are a bit per month in one number a user; the order of rows does not matter.
SET threads = $threads;
SET preserve_insertion_order = false;
-- It would build on the orders, whose number it cannot know from a file.
SET disabled_optimizers = 'build_side_probe_side';

CREATE MACRO month_of(day) AS (12 * year(day) + month(day) - 1)::INTEGER;
CREATE MACRO cents(amount) AS (amount * 100)::BIGINT;

-- The small tables.
CREATE TEMP TABLE ad AS
  SELECT month_of(date) AS m, channel, sum(cents(amount))::BIGINT AS ad_spend
  FROM read_csv('$dir/ad_spend.csv', header = true, auto_detect = false,
    columns = {'date': 'DATE', 'channel': 'VARCHAR', 'campaign': 'VARCHAR', 'amount': 'DECIMAL(18,2)'})
  GROUP BY ALL;
-- A whole month's cost falls into that month, and so does a day's.
CREATE TEMP TABLE team AS
  SELECT month_of((date[:7] || '-01')::DATE) AS m, coalesce(channel, '(shared)') AS channel,
    sum(cents(amount))::BIGINT AS team_cost
  FROM read_csv('$dir/team_cost.csv', header = true, auto_detect = false,
    columns = {'date': 'VARCHAR', 'amount': 'DECIMAL(18,2)', 'team': 'VARCHAR', 'channel': 'VARCHAR'})
  GROUP BY ALL;
CREATE TEMP TABLE other AS
  SELECT month_of((date[:7] || '-01')::DATE) AS m, coalesce(channel, '(shared)') AS channel,
    sum(cents(amount))::BIGINT AS other_cost
  FROM read_csv('$dir/other_cost.csv', header = true, auto_detect = false,
    columns = {'date': 'VARCHAR', 'amount': 'DECIMAL(18,2)', 'category': 'VARCHAR', 'channel': 'VARCHAR'})
  GROUP BY ALL;

-- Users and channels as small numbers; 0 is the channel that nobody knows.
CREATE TEMP TABLE users AS
  SELECT row_number() OVER ()::INTEGER AS uid, user_id, acquired_on, coalesce(channel, '(none)') AS channel
  FROM read_csv('$dir/users.csv', header = true, auto_detect = false,
    columns = {'user_id': 'VARCHAR', 'acquired_on': 'DATE', 'channel': 'VARCHAR'});
CREATE TEMP TABLE channels AS
  SELECT row_number() OVER ()::UTINYINT AS ch, channel
  FROM (SELECT channel FROM users UNION SELECT channel FROM ad UNION SELECT channel FROM team
        UNION SELECT channel FROM other)
  UNION ALL SELECT 0, '(unknown)';
CREATE TEMP TABLE who AS
  SELECT user_id, uid, ch, acquired_on FROM users JOIN channels USING (channel);

-- Distributors with their own user, in whose channel their sales stand.
CREATE TEMP TABLE sellers AS
  SELECT row_number() OVER ()::INTEGER AS did, distributor_id, joined_on, uid AS own, coalesce(ch, 0)::UTINYINT AS ch
  FROM who RIGHT JOIN read_csv('$dir/distributors.csv', header = true, auto_detect = false,
    columns = {'distributor_id': 'VARCHAR', 'user_id': 'VARCHAR', 'joined_on': 'DATE', 'motive': 'VARCHAR',
               'upline_id': 'VARCHAR'}) d ON who.user_id = coalesce(d.user_id, d.distributor_id);
CREATE TEMP TABLE referrals AS
  SELECT order_id, did, joined_on, coalesce(own, 0) AS own, ch
  FROM read_csv('$dir/referrals.csv', header = true, auto_detect = false,
    columns = {'order_id': 'BIGINT', 'distributor_id': 'VARCHAR'}) JOIN sellers USING (distributor_id);

-- Each order in its bucket: 0 and 1 distribution, where the distributor had not joined and where it had; 2 unknown
-- user; 3 before joining; 4 direct. Without a distributor is an order that nobody was named for, and a purchase of the
-- distributor for itself.
CREATE TEMP TABLE fact AS
  SELECT month_of(paid_at) AS m, uid, gross, refund,
    CASE WHEN sold THEN (paid_at >= joined_on)::UTINYINT WHEN uid IS NULL THEN 2 WHEN paid_at < acquired_on THEN 3
      ELSE 4 END::UTINYINT AS bucket,
    CASE WHEN sold THEN seller_ch ELSE ch END AS ch,
    CASE WHEN sold THEN did END AS did,
    CASE WHEN sold AND uid IS NULL THEN user_id END AS stranger
  FROM (
    SELECT o.user_id, o.paid_at, cents(o.amount) AS gross, coalesce(cents(o.refund), 0) AS refund,
      w.uid, w.ch, w.acquired_on, r.did, r.ch AS seller_ch, r.joined_on,
      r.did IS NOT NULL AND r.own IS DISTINCT FROM w.uid AS sold
    FROM read_csv('$dir/orders.csv', header = true, auto_detect = false, quote = '"', escape = '"',
      columns = {$order_columns}) o
    LEFT JOIN who w ON w.user_id = o.user_id
    LEFT JOIN referrals r ON r.order_id = o.order_id);

CREATE TEMP TABLE sums AS
  SELECT m, ch, bucket, count(*) AS orders, sum(gross)::BIGINT AS gross, sum(refund)::BIGINT AS refunds
  FROM fact GROUP BY ALL;
CREATE TEMP TABLE first AS SELECT min(m) AS m0 FROM fact;
CREATE TEMP TABLE masks AS
  SELECT any_value(ch) AS ch, bit_or(1::BIGINT << (m - m0)) AS mask FROM fact, first WHERE bucket = 4 GROUP BY uid;
CREATE TEMP TABLE bought AS SELECT * FROM fact WHERE bucket < 2;

-- The grid of all months and channels. A month that is null is the total.
CREATE TEMP TABLE months AS
  WITH named AS (SELECT m FROM sums UNION SELECT m FROM ad UNION SELECT m FROM team UNION SELECT m FROM other
                 UNION SELECT month_of(acquired_on) FROM users)
  SELECT unnest(range(min(m), max(m) + 1))::INTEGER AS m FROM named;
CREATE TEMP TABLE grid AS
  SELECT m, ch, channel FROM months, channels UNION ALL SELECT NULL, NULL, NULL;

CREATE TEMP TABLE joined AS
  SELECT month_of(acquired_on) AS m, channel, count(*) AS n FROM users GROUP BY ALL;
CREATE TEMP TABLE joined_sellers AS
  SELECT month_of(joined_on) AS m, ch, count(*) AS n FROM sellers GROUP BY ALL;

CREATE TEMP TABLE buyers AS
  SELECT m, ch, count(*) AS n FROM masks, months, first WHERE mask >> greatest(m - m0, 0) & 1 = 1 AND m >= m0 GROUP BY ALL
  UNION ALL SELECT NULL, NULL, count(*) FROM masks;
CREATE TEMP TABLE audience AS
  SELECT m, ch, count(DISTINCT uid) + count(DISTINCT stranger) AS n, count(DISTINCT did) AS active,
    sum(CASE WHEN bucket = 1 THEN (gross - refund + 5) // 10 END)::BIGINT AS commission
  FROM bought GROUP BY GROUPING SETS ((m, ch), ());
CREATE TEMP TABLE direct AS
  SELECT m, ch, sum(orders)::BIGINT AS orders, sum(gross)::BIGINT AS gross, sum(refunds)::BIGINT AS refunds
  FROM sums WHERE bucket = 4 GROUP BY GROUPING SETS ((m, ch), ());
CREATE TEMP TABLE distribution AS
  SELECT m, ch, sum(orders)::BIGINT AS orders, sum(gross)::BIGINT AS gross, sum(refunds)::BIGINT AS refunds
  FROM sums WHERE bucket < 2 GROUP BY GROUPING SETS ((m, ch), ());

CREATE TEMP TABLE base AS
  SELECT g.m, g.channel,
    coalesce((SELECT sum(n) FROM joined j WHERE (g.m IS NULL OR j.m = g.m AND j.channel = g.channel)), 0)::BIGINT AS new_users,
    coalesce((SELECT sum(ad_spend) FROM ad a WHERE (g.m IS NULL OR a.m = g.m AND a.channel = g.channel)), 0)::BIGINT AS ad_spend,
    coalesce((SELECT sum(team_cost) FROM team t WHERE (g.m IS NULL OR t.m = g.m AND t.channel = g.channel)), 0)::BIGINT AS team_cost,
    coalesce((SELECT sum(other_cost) FROM other t WHERE (g.m IS NULL OR t.m = g.m AND t.channel = g.channel)), 0)::BIGINT AS other_cost,
    coalesce((SELECT sum(n) FROM joined j WHERE (g.m IS NULL OR j.m <= g.m AND j.channel = g.channel)), 0)::BIGINT AS users,
    coalesce((SELECT sum(n) FROM joined_sellers j WHERE (g.m IS NULL OR j.m <= g.m AND j.ch = g.ch)), 0)::BIGINT AS distributors,
    coalesce(b.n, 0) AS buyers, coalesce(d.orders, 0) AS orders, coalesce(d.gross, 0) AS gross,
    coalesce(d.refunds, 0) AS refunds,
    coalesce(a.active, 0) AS active, coalesce(a.n, 0) AS dist_buyers, coalesce(s.orders, 0) AS dist_orders,
    coalesce(s.gross, 0) AS dist_gross, coalesce(s.refunds, 0) AS dist_refunds, coalesce(a.commission, 0) AS commission
  FROM grid g
  LEFT JOIN buyers b ON b.m IS NOT DISTINCT FROM g.m AND b.ch IS NOT DISTINCT FROM g.ch
  LEFT JOIN direct d ON d.m IS NOT DISTINCT FROM g.m AND d.ch IS NOT DISTINCT FROM g.ch
  LEFT JOIN audience a ON a.m IS NOT DISTINCT FROM g.m AND a.ch IS NOT DISTINCT FROM g.ch
  LEFT JOIN distribution s ON s.m IS NOT DISTINCT FROM g.m AND s.ch IS NOT DISTINCT FROM g.ch;

COPY (
  SELECT printf('%04d-%02d', m // 12, m % 12 + 1) AS period, channel, new_users, ad_spend, team_cost, other_cost,
    ad_spend + team_cost + other_cost AS traffic_cost, users, buyers, orders, gross, refunds,
    gross - refunds AS revenue, gross - refunds - ad_spend - team_cost - other_cost AS profit,
    distributors, active, dist_buyers, dist_orders, dist_gross, dist_refunds,
    dist_gross - dist_refunds AS dist_revenue, commission, dist_gross - dist_refunds - commission AS dist_profit
  FROM base ORDER BY m, channel
) TO '$out/pnl.csv' (HEADER);
COPY (
  SELECT greatest(bucket, 1) AS bucket, sum(orders)::BIGINT AS orders, sum(gross)::BIGINT AS amount
  FROM sums GROUP BY 1 ORDER BY 1
) TO '$out/buckets.csv' (HEADER);
