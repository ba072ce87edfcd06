using System.Text.Json;

namespace FineWebTorch.Model;

/// <summary>Small JSON files of a model folder.</summary>
internal static class JsonFile
{
    private const long MaxLength = 64 << 20;

    /// <summary>Reads a file that must hold one JSON object.</summary>
    /// <exception cref="ModelFileException">It does not, or is larger than 64 MiB.</exception>
    public static JsonDocument ReadObject(string path)
    {
        using var stream = File.OpenRead(path);
        if (stream.Length > MaxLength)
            throw new ModelFileException(path, $"has {stream.Length} bytes, too many for this file; fetch it again");
        try
        {
            var document = JsonDocument.Parse(stream);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            throw new ModelFileException(path, "is not a JSON object; fetch the file again");
        }
        catch (JsonException caught)
        {
            throw new ModelFileException(path, "is not valid JSON; fetch the file again", caught);
        }
    }
}
