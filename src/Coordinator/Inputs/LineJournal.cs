using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// What a start of a run has found out, a line of JSON each, kept in the run's folder until its ledger has it: a start
/// that is killed on the way goes on from where it was. What a disk does not take is found out again; whatever is wrong
/// there is said by whoever creates the run. Any thread.
/// </summary>
/// <param name="path">Its folder need not be there.</param>
/// <param name="head">The first line; what stands under another one is as good as nothing.</param>
/// <param name="least">Entries from which on it is worth keeping them: fewer leave no file.</param>
internal sealed class LineJournal<T>(string path, string head, int least)
    where T : class
{
    private static readonly JsonSerializerOptions Short =
        new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    private readonly List<T> _unwritten = [];
    private readonly Lock _lock = new();
    private bool _hasFailed;

    /// <summary>Entries are added to those that are there; else the first one takes their place.</summary>
    public bool GoesOn { get; set; }

    /// <summary>What an earlier start has left.</summary>
    public List<T> Read()
    {
        try
        {
            if (!File.Exists(path))
                return [];
            using var lines = File.ReadLines(path).GetEnumerator();
            if (!lines.MoveNext() || lines.Current != head)
                return [];
            List<T> entries = [];
            while (lines.MoveNext())
            {
                if (Parse(lines.Current) is { } entry)
                    entries.Add(entry);
            }

            return entries;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public void Add(T entry)
    {
        lock (_lock)
        {
            if (_hasFailed)
                return;
            _unwritten.Add(entry);
            if (!GoesOn && _unwritten.Count < least)
                return;
            try
            {
                Write();
                GoesOn = true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _hasFailed = true;
            }

            _unwritten.Clear();
        }
    }

    /// <summary>The ledger has it all.</summary>
    public void Discard() => File.Delete(path);

    /// <summary>
    /// Closed after each entry, so that the system has it when this process is killed. A line begins with its end of
    /// line: what comes after half a line of a killed process is whole.
    /// </summary>
    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new StreamWriter(new FileStream(
            path, GoesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read));
        if (!GoesOn)
            writer.Write(head);
        foreach (var entry in _unwritten)
        {
            writer.Write('\n');
            writer.Write(JsonSerializer.Serialize(entry, Short));
        }
    }

    /// <summary>Null for half a line.</summary>
    private static T? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
