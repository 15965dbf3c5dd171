-- What scoring runs left for pages (bridgenotes.insight), after site_data.sql and in its session: why each rated
-- note has its status, with as many checks and gaps as a run of the full profile finds, and how viewpoints rated it.

INSERT INTO insight_noteexplanation (note_id, facts, explained_at)
SELECT id, jsonb_strip_nulls(jsonb_build_object(
    'head', jsonb_build_array(CASE
      WHEN n_ratings < 5 THEN 'head.few'
      WHEN status = 'CURRENTLY_RATED_HELPFUL' THEN 'head.helpful'
      WHEN status = 'CURRENTLY_RATED_NOT_HELPFUL' THEN 'head.not_helpful'
      WHEN abs(factor) > 0.5 THEN 'head.one_sided' ELSE 'head.low' END),
    'missing', CASE
      WHEN status = 'CURRENTLY_RATED_HELPFUL' THEN '[]'
      WHEN is_locked THEN '[["missing.locked"]]'
      WHEN n_ratings < 5 THEN jsonb_build_array(jsonb_build_array('ratings.gap', n_ratings, 5))
      ELSE jsonb_build_array(
        jsonb_build_array('intercept.gap', intercept, 0.4 - intercept, 0.4),
        jsonb_build_array('minority.gap', net, 5), jsonb_build_array('sides.gap', low, high)) END,
    'checks', jsonb_build_array(
      jsonb_build_array('ratings', n_ratings >= 5, jsonb_build_array('whole', n_ratings), '["at_least_whole", 5]'::jsonb),
      '["classification", true, ["classification.misleading"], ["classification.misleading"]]'::jsonb)
      || CASE WHEN n_ratings < 5 THEN '[]' ELSE jsonb_build_array(
        jsonb_build_array('intercept', intercept >= 0.4, three, '["at_least", 0.4]'::jsonb),
        jsonb_build_array('factor', abs(factor) <= 0.5, jsonb_build_array('three', factor), '["factor.needed", 0.5]'::jsonb),
        jsonb_build_array('minority', net >= 5, jsonb_build_array('minority.value', net), '["at_least_whole", 5]'::jsonb),
        jsonb_build_array('balance', true, '["share", 0.214]'::jsonb, '["balance.needed", 0.15, 25]'::jsonb),
        jsonb_build_array('without_active', intercept >= 0.37, three, '["at_least", 0.37]'::jsonb),
        jsonb_build_array('without_alike', intercept >= 0.37, three, '["at_least", 0.37]'::jsonb),
        '["sampled", null, ["sampled.few"], ["sampled.needed", 0.25, 0.13]]'::jsonb,
        '["tags", true, ["none"], ["tags.needed_or_intercept", 0.5]]'::jsonb,
        jsonb_build_array('incorrect', true, jsonb_build_array('incorrect.value', n_ratings / 40, n_ratings / 5),
          '["incorrect.needed", 2.5]'::jsonb),
        '["diligence", true, ["three", 0.021], ["diligence.needed", 0.263]]'::jsonb,
        '["reasons", true, ["reasons.value_and_more", ["commas", ["tag.helpfulClear"], ["tag.helpfulGoodSources"], ["tag.helpfulAddressesClaim"]], 2], ["reasons.needed", 2]]'::jsonb,
        jsonb_build_array('firm', intercept >= 0.3, three, '["at_least", 0.3]'::jsonb),
        jsonb_build_array('line', intercept > -0.05, three, '["line.needed", -0.05]'::jsonb),
        jsonb_build_array('upper', true, jsonb_build_array('three', intercept + 0.2), '["at_least", -0.04]'::jsonb),
        jsonb_build_array('sides', intercept > 0, jsonb_build_array('sides.value', low, high),
          '["sides.needed_or_both", 0.25, 0.2]'::jsonb)) END,
    'rules', CASE
      WHEN n_ratings < 5 THEN '[]'
      WHEN status = 'CURRENTLY_RATED_HELPFUL' THEN '["InitialNMR", "GeneralCRH", "MetaInitialNMR", "CoreModel"]'
      WHEN status = 'CURRENTLY_RATED_NOT_HELPFUL' THEN '["InitialNMR", "GeneralCRNH", "UcbCRNH", "MetaInitialNMR", "CoreModel"]'
      ELSE '["InitialNMR", "RejectLowIntercept", "MetaInitialNMR", "CoreModel"]' END::jsonb,
    'locked', CASE WHEN is_locked THEN true END)),
  least(now, at + interval '9 days' * random())
FROM size, note
  LEFT JOIN (SELECT note_id, round(intercept::numeric, 3) AS intercept, round(factor::numeric, 3) AS factor
    FROM notes_notescore) AS score ON score.note_id = note.id,
  LATERAL (SELECT (n_ratings * quality / 4)::bigint AS net, round((quality * 0.4)::numeric, 2) AS low,
    round(quality::numeric, 2) AS high, at < now - interval '14 days' AS is_locked) AS found,
  LATERAL (SELECT jsonb_build_array('three', intercept) AS three) AS shown
WHERE n_ratings > 0;

-- Groups of at least five raters, at most one for each of the ten cells; one end likes a note better than the other.
INSERT INTO insight_notedrawing (note_id, groups, raters, drawn_at)
SELECT id, jsonb_agg(jsonb_build_array(g * 10 / groups, (g + 1) * 10 / groups - 1, likes, (total - likes) / 3,
    total - likes - (total - likes) / 3) ORDER BY g), n_ratings, least(now, at + interval '9 days' * random())
FROM size, (SELECT *, least(10, n_ratings / 5) AS groups, random() - 0.5 AS tilt FROM note WHERE n_ratings >= 5) AS drawn,
  LATERAL generate_series(0, groups - 1) AS g,
  LATERAL (SELECT n_ratings * (g + 1) / groups - n_ratings * g / groups AS total) AS t,
  LATERAL (SELECT (total * least(1, greatest(0, quality + tilt * (2.0 * g / groups - 1))))::bigint AS likes) AS l
GROUP BY id, n_ratings, at, now;
