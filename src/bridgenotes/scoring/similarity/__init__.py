"""Who acts like whom: pairs, components and quasi-cliques of raters (spec 02 B.1 to B.5)."""
