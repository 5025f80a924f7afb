/** Who is meant, as docs/CONFORMANCE.md writes it: seen from a socket. */
export function selection(socket, target) {
  const from = target.others ? socket : socket.nsp;
  let chosen = from.to(target.to ?? []).except(target.except ?? []);
  if (target.local) chosen = chosen.local;
  if (target.volatile) chosen = chosen.volatile;
  return chosen;
}
