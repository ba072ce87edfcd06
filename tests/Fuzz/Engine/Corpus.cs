namespace FineWebTorch.Fuzz.Engine;

/// <summary>The inputs that have each done something new, to be changed further.</summary>
/// <param name="folder">Keeps them, for the next process of the same target.</param>
/// <param name="random">Chooses.</param>
internal sealed class Corpus(string folder, Random random)
{
    private const int Most = 5000;
    private readonly List<byte[]> _inputs = [];

    public int Count => _inputs.Count;

    /// <summary>Those of an earlier process.</summary>
    public IEnumerable<byte[]> Stored => Directory.CreateDirectory(folder).EnumerateFiles()
        .OrderBy(file => file.Name, StringComparer.Ordinal).Take(Most).Select(file => File.ReadAllBytes(file.FullName));

    public void Add(byte[] input)
    {
        if (Count < Most)
            _inputs.Add(input);
    }

    public void Store(byte[] input)
    {
        if (Count < Most)
            File.WriteAllBytes(Path.Combine(folder, $"{Count:00000}-{Environment.ProcessId}"), input);
    }

    /// <summary>One of them; the latest are chosen more often.</summary>
    public byte[] Pick() => _inputs.Count == 0 ? []
        : _inputs[random.Next(3) == 0 ? Math.Max(0, Count - 1 - random.Next(32)) : random.Next(Count)];
}
