namespace FineWebTorch.House.Tests;

/// <summary>Sets of nodes of a directed graph that all reach each other: the strongly connected components.</summary>
internal static class Circles
{
    /// <returns>Those of more than one node, nodes and circles in ordinal order.</returns>
    public static IReadOnlyList<string[]> Among(IEnumerable<(string From, string To)> edges)
    {
        var next = edges.ToLookup(edge => edge.From, edge => edge.To);
        var reach = next.ToDictionary(node => node.Key, node => Reachable(node.Key, next));
        bool Meet(string one, string other) => reach[one].Contains(other) && reach[other].Contains(one);
        return
        [
            .. reach.Keys.Order(StringComparer.Ordinal)
                .Select(node => reach.Keys.Where(other => reach.ContainsKey(other) && Meet(node, other))
                    .Order(StringComparer.Ordinal).ToArray())
                .Where(circle => circle.Length > 1)
                .DistinctBy(circle => circle[0]),
        ];
    }

    private static HashSet<string> Reachable(string start, ILookup<string, string> next)
    {
        var (seen, open) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>(next[start]));
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node))
                continue;
            foreach (var further in next[node])
                open.Push(further);
        }

        return seen;
    }
}
