var splitQuery = (query) => {
  // Chinese has no spaces: of what is typed take the longest words that the index knows
  const known = (word) => [Search._index.terms, Search._index.titleterms].some((one) => Object.hasOwn(one, word));
  const runs = query.match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{Letter}\p{Number}_\p{Emoji_Presentation}])+/gu);
  return (runs || []).flatMap((run) => {
    if (!/\p{Script=Han}/u.test(run)) return [run];
    const words = [];
    for (let at = 0; at < run.length; ) {
      let end = Math.min(run.length, at + 12);
      while (end > at + 1 && !known(run.slice(at, end))) end -= 1;
      if (end > at + 1) words.push(run.slice(at, end));
      at = end;
    }
    return words.length ? words : [run];
  });
};
