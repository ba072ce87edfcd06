using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>
/// Shards that wait until all of a run's are complete to take the places of an earlier run's, so that nobody reads rows
/// of both and a run that fails has cost nothing.
/// </summary>
internal static class HeldShards
{
    /// <summary>Puts them in their places and removes the earlier ones. Goes on where it was interrupted.</summary>
    /// <param name="earlier">Shards of earlier runs, below the output.</param>
    public static void Release(RunPlaces places, IEnumerable<string> earlier)
    {
        var held = places.Held!;
        var ours = new HashSet<string>(StringComparer.Ordinal);
        var files = Directory.Exists(held) ? Directory.GetFiles(held, "*", SearchOption.AllDirectories) : [];
        foreach (var file in files)
        {
            var name = Path.GetRelativePath(held, file).Replace(Path.DirectorySeparatorChar, '/');
            ours.Add(name);
            AtomicFile.Move(file, RunPlaces.ShardPath(places.Output, name));
        }

        foreach (var name in earlier.Where(name => !ours.Contains(name)))
        {
            File.Delete(RunPlaces.ShardPath(places.Output, name));
            File.Delete(RunPlaces.ManifestPath(places.Output, name));
        }

        if (Directory.Exists(held))
            Directory.Delete(held, recursive: true);
        RunPlaces.RemoveIfEmpty(Path.GetDirectoryName(held)!);
    }
}
