-- A community of the size of a large one, made in the database: nobody's words, the shape of real tables.
-- Settings bn.notes, bn.ratings, bn.people and bn.now give its size and its present. Random numbers come from
-- a seed, so that the same size is the same community. Skew: few posts gather many notes, few notes many
-- ratings, few raters most of them; notes and ratings lie in the order of time, as they came.

SELECT setseed(0.25);
SET max_parallel_workers_per_gather = 0; -- random() of one process repeats

CREATE TEMP TABLE size AS SELECT
  current_setting('bn.notes')::bigint AS notes,
  current_setting('bn.ratings')::bigint AS ratings,
  current_setting('bn.people')::bigint AS people,
  current_setting('bn.notes')::bigint * 6 / 10 AS posts,
  current_setting('bn.now')::timestamptz AS now,
  interval '3 years' AS life;

-- The same number is the same random id everywhere.
CREATE FUNCTION pg_temp.key(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  AS $$ SELECT md5(kind || number)::uuid $$;
CREATE FUNCTION pg_temp.public_id(moment timestamptz, number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
  AS $$ SELECT ((extract(epoch FROM moment) * 1000)::bigint - 1288834974657) * 4194304 + number % 4194304 $$;

-- People: who writes comes first, with more notes the earlier.
INSERT INTO contributors_contributor (id, alias, alias_key, enrolled_on, is_active, notification_frequency,
  enrollment_state, earn_in_target, state_changed_at, times_earned_out, modeling_population, modeling_group)
SELECT pg_temp.key('person', i), 'Amber Heron ' || i, 'amberheron' || i, date '2023-07-01', true, 'often',
  CASE WHEN i < people / 4 THEN 'earnedIn' ELSE 'newUser' END, 5, now - life, 0, 'CORE', 1
FROM size, generate_series(0, people - 1) AS i;
INSERT INTO contributors_impact (contributor_id, notes_helpful, notes_not_helpful, notes_awaiting, helped_helpful,
  helped_not_helpful, against_helpful, against_not_helpful, updated_at)
SELECT pg_temp.key('person', i), (12 * random())::int, (4 * random())::int, (20 * random())::int,
  (90 * random())::int, (40 * random())::int, (20 * random())::int, (9 * random())::int, now
FROM size, generate_series(0, people - 1) AS i;
INSERT INTO notes_raterscore (contributor_id, intercept, factor)
SELECT pg_temp.key('person', i), 0.4 * random() - 0.2, 2 * random() - 1
FROM size, generate_series(0, people - 1) AS i;

-- Posts: one host supplies two thirds, links of a thousand sites are pasted.
INSERT INTO posts_host (id, name, token_hash, claim_key, sites, is_active, created_at)
SELECT pg_temp.key('host', 0), 'Social', md5('host') || md5('token'), '', '["example.org"]', true, now - life
FROM size;
INSERT INTO posts_postauthor (id, host_id, external_id, name)
SELECT pg_temp.key('author', i), pg_temp.key('host', 0), 'u' || i, 'Author ' || i
FROM size, generate_series(0, posts / 5) AS i;
CREATE TEMP TABLE post AS
SELECT p, pg_temp.public_id(at, p) AS id, at, p % 3 < 2 AS is_hosted
FROM size, generate_series(0, posts - 1) AS p,
  LATERAL (SELECT now - life + life * power((p + 1)::float / posts, 0.7) - interval '6 hours' * random() AS at) AS t;
INSERT INTO posts_post (id, identity, url, site, added_at, host_id, author_id, text, language, media_kind, media,
  published_at, view_count, like_count, repost_count, counted_at, preview_title, preview_text, preview_attempts)
SELECT id, address, 'https://' || address, CASE WHEN is_hosted THEN 'example.org' ELSE 'site' || p % 1000 || '.net' END,
  at, CASE WHEN is_hosted THEN pg_temp.key('host', 0) END,
  CASE WHEN is_hosted THEN pg_temp.key('author', (posts / 5 * power(random(), 3))::bigint) END,
  CASE WHEN is_hosted THEN repeat('A claim that goes around and has no source. ', 1 + (5 * random())::int) ELSE '' END,
  (ARRAY['en', 'en', 'en', 'es', 'fr', 'pt', 'ja'])[1 + (6 * random())::int], 'none', '[]',
  CASE WHEN is_hosted THEN at END, (1000 * power(random(), -1))::bigint % 10000000, (300 * random())::int,
  (80 * random())::int, CASE WHEN is_hosted THEN at END, '', '', 0
FROM size, post,
  LATERAL (SELECT CASE WHEN is_hosted THEN 'social.example.org/p/' ELSE 'site' || p % 1000 || '.net/article/' END || p
    AS address) AS a;

-- Notes: a fifth on posts that many write about. Ratings per note follow a power law.
CREATE TEMP TABLE note AS
SELECT i, pg_temp.public_id(t.at, i) AS id, t.at, post.id AS post_id,
  pg_temp.key('person', (people / 4 * power(random(), 2))::bigint) AS author_id,
  least(20000, people / 5, floor(5 * power(1 - random(), -0.75)) - 4 * round(random())) AS weight, random() AS quality
FROM size, generate_series(0, notes - 1) AS i,
  LATERAL (SELECT now - life + life * power((i + 1)::float / notes, 0.7) AS at, posts * i / notes AS near,
    random() AS u) AS t
  JOIN post ON post.p = CASE WHEN t.u < 0.18 THEN t.near / 50 * 50 WHEN t.u < 0.2 THEN t.near / 1000 * 1000 ELSE t.near END;
ALTER TABLE note ADD n_ratings bigint, ADD status text;
UPDATE note SET n_ratings = share.n FROM (
  SELECT i, floor(sum(weight) OVER (ORDER BY i) * ratings / total)::bigint
    - floor((sum(weight) OVER (ORDER BY i) - weight) * ratings / total)::bigint AS n
  FROM note, size, (SELECT sum(weight) AS total FROM note) AS s) AS share WHERE share.i = note.i;
UPDATE note SET status = CASE
  WHEN n_ratings >= 5 AND quality > 0.87 AND at < now - interval '3 hours' THEN 'CURRENTLY_RATED_HELPFUL'
  WHEN n_ratings >= 5 AND quality < 0.06 AND at < now - interval '3 hours' THEN 'CURRENTLY_RATED_NOT_HELPFUL'
  ELSE 'NEEDS_MORE_RATINGS' END FROM size;
INSERT INTO notes_note (id, post_id, author_id, classification, reasons, trustworthy_sources, summary, language,
  created_at, removal, status, status_tags, decided_by, is_stabilising, is_safeguarded)
SELECT id, post_id, author_id,
  CASE WHEN i % 12 = 0 THEN 'NOT_MISLEADING' ELSE 'MISINFORMED_OR_POTENTIALLY_MISLEADING' END,
  CASE WHEN i % 12 = 0 THEN '["notMisleadingFactuallyCorrect"]' ELSE '["misleadingFactualError"]' END::jsonb, true,
  repeat('The figure is from another year and another country. ', 1 + (4 * random())::int)
    || 'https://source.example.org/' || i,
  (ARRAY['en', 'en', 'en', 'es', 'fr', 'pt', 'ja'])[1 + (6 * random())::int], at, '', status,
  CASE status WHEN 'CURRENTLY_RATED_HELPFUL' THEN '["helpfulGoodSources", "helpfulClear"]'
    WHEN 'CURRENTLY_RATED_NOT_HELPFUL' THEN '["notHelpfulIncorrect", "notHelpfulMissingKeyPoints"]' ELSE '[]' END::jsonb,
  'CoreModel (v1.1)', false, false
FROM note;
INSERT INTO notes_notescore (note_id, intercept, factor)
SELECT id, quality - 0.47, 2 * random() - 1 FROM note WHERE n_ratings >= 5;
INSERT INTO notes_notestatus (note_id, current_status, current_status_at_ms, current_core_status, current_decided_by)
SELECT id, status, (extract(epoch FROM now) * 1000)::bigint, status, 'CoreModel (v1.1)' FROM note, size;
-- Every fifth note that is or was decided went back and forth.
INSERT INTO notes_statuschange (note_id, at, before, status, decided_by, run)
SELECT id, least(now, at + interval '2 hours' * turn), CASE WHEN turn % 2 = 1 THEN 'NEEDS_MORE_RATINGS' ELSE decided END,
  CASE WHEN turn % 2 = 1 THEN decided ELSE 'NEEDS_MORE_RATINGS' END, 'CoreModel (v1.1)', 'run ' || turn
FROM size, note, LATERAL (SELECT status <> 'NEEDS_MORE_RATINGS' AS is_decided,
    CASE WHEN status = 'NEEDS_MORE_RATINGS' THEN 'CURRENTLY_RATED_HELPFUL' ELSE status END AS decided) AS d,
  generate_series(1, CASE WHEN n_ratings < 5 THEN 0 WHEN i % 5 = 0 THEN 2 + is_decided::int ELSE is_decided::int END) AS turn;
UPDATE posts_post SET last_noted_at = latest.at FROM (
  SELECT post_id, max(at) AS at FROM note GROUP BY post_id) AS latest WHERE latest.post_id = posts_post.id;

-- Ratings: raters by strata of a skewed scale, so that none rates a note twice.
INSERT INTO notes_rating (id, note_id, rater_id, level, tags, source, rated_on_id, created_at, deleted_at)
SELECT pg_temp.key('rating', i * 65536 + turn), id,
  pg_temp.key('person', floor((people - n_ratings) * power((turn + random()) / n_ratings, 2))::bigint + turn),
  CASE WHEN random() < quality THEN 'HELPFUL' WHEN random() < 0.2 THEN 'SOMEWHAT_HELPFUL' ELSE 'NOT_HELPFUL' END,
  (4194303 * power(random(), 4))::int, 'DEFAULT', post_id, t.rated_at,
  CASE WHEN random() < 0.01 THEN now END
FROM note, size, generate_series(0, n_ratings - 1) AS turn,
  LATERAL (SELECT least(now, at - interval '1 day' * ln(1 - random())) AS rated_at) AS t
ORDER BY t.rated_at;
