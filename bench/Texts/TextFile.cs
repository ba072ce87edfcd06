using System.Text.Json;

namespace FineWebTorch.Texts;

/// <summary>Files of texts as JSON lines, which ours and the peers read alike.</summary>
public static class TextFile
{
    public static void Write(string path, IEnumerable<string> texts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllLines(path, texts.Select(text => JsonSerializer.Serialize(new { text })));
    }

    /// <summary>Texts with FineWeb's lengths, the same for a seed.</summary>
    public static IReadOnlyList<string> FineWebLike(int documents, ulong seed, string vocabularyFile)
    {
        var texts = new FineWebText(new Vocabulary(vocabularyFile), seed);
        return [.. Enumerable.Range(0, documents).Select(_ => texts.Next())];
    }
}
