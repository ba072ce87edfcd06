using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace FineWebTorch.Model.Files;

/// <summary>
/// A JSON object of a tokenizer file, with errors that name the file and the key. A key that is null counts as absent.
/// </summary>
internal sealed class JsonSection : IDisposable
{
    private readonly JsonDocument? _document;
    private readonly JsonElement _element;
    private readonly string _name;

    private JsonSection(string path, string name, JsonElement element, JsonDocument? document)
    {
        Path = path;
        _name = name;
        _element = element;
        _document = document;
    }

    public string Path { get; }

    public JsonElement Content => _element;

    /// <exception cref="ModelFileException">The file is not one JSON object.</exception>
    public static JsonSection Read(string path)
    {
        var document = JsonFile.ReadObject(path);
        return new JsonSection(path, "", document.RootElement, document);
    }

    public void Dispose() => _document?.Dispose();

    public ModelFileException Wrong(string problem) => new(Path, problem);

    public bool Has(string key) => Find(key) is not null;

    public JsonSection? Object(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.Object
            ? new JsonSection(Path, NameOf(key), value, null)
            : throw Mistyped(key, value, "an object");

    public IEnumerable<JsonSection> Objects(string key)
    {
        if (Find(key) is not { } list)
            yield break;
        if (list.ValueKind != JsonValueKind.Array)
            throw Mistyped(key, list, "a list");
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            var name = $"{key}[{index++}]";
            if (item.ValueKind != JsonValueKind.Object)
                throw Mistyped(name, item, "an object");
            yield return new JsonSection(Path, NameOf(name), item, null);
        }
    }

    /// <summary>All keys in file order, also one that stands there twice.</summary>
    public IEnumerable<(string Key, JsonElement Value)> Entries()
    {
        foreach (var property in _element.EnumerateObject())
            yield return (property.Name, property.Value);
    }

    /// <summary>All entries, which must be objects, in file order.</summary>
    public IEnumerable<(string Key, JsonSection Value)> Sections() =>
        Entries().Where(entry => Has(entry.Key)).Select(entry => (entry.Key, Object(entry.Key)!));

    public string? Text(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Mistyped(key, value, "a text");

    /// <summary>A text, or the content of an object that describes an added token.</summary>
    public string? TokenText(string key) =>
        Find(key)?.ValueKind == JsonValueKind.Object ? Object(key)!.Text("content") : Text(key);

    public bool? Flag(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Mistyped(key, value, "true or false"),
        };

    public double? Number(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            ? number
            : throw Mistyped(key, value, "a number");

    /// <summary>A number, or a text that is one.</summary>
    public double? NumberOrText(string key) => Find(key) is { ValueKind: JsonValueKind.String } text
        ? double.TryParse(text.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Mistyped(key, text, "a number")
        : Number(key);

    /// <summary>A whole number from 0 to <paramref name="largest"/>.</summary>
    public int? Whole(string key, int largest) => Find(key) is not { } value
        ? null
        : WholeOrNull(value, largest) ?? throw Mistyped(key, value, $"a whole number from 0 to {largest}");

    public static int? WholeOrNull(JsonElement value, int largest) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 && number <= largest
            ? number
            : null;

    public JsonElement? Element(string key) => Find(key);

    /// <summary>A required key's value.</summary>
    public T Required<T>(string key, T? value) where T : class =>
        value ?? throw Wrong($"{NameOf(key)} is missing; fetch the file again");

    /// <inheritdoc cref="Required{T}(string, T)"/>
    public T Required<T>(string key, T? value) where T : struct =>
        value ?? throw Wrong($"{NameOf(key)} is missing; fetch the file again");

    public string NameOf(string key) => _name.Length == 0 ? key : $"{_name}.{key}";

    private JsonElement? Find(string key) =>
        _element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private ModelFileException Mistyped(string key, JsonElement value, string expected)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return Wrong($"{NameOf(key)} is {(text.Length <= 60 ? text : text[..60] + "…")}; expected {expected}; "
            + "fetch the file again");
    }
}

/// <summary>Small JSON files of a model folder.</summary>
internal static class JsonFile
{
    /// <summary>In bytes; the largest vocabulary of a BERT, of half a million tokens, takes 10 MB.</summary>
    private const long MaxLength = 32 << 20;

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Reads a file that must hold one JSON object.</summary>
    /// <exception cref="ModelFileException">
    /// It does not, is larger than 32 MiB, or has a text that is none: all texts of the document can be read.
    /// </exception>
    public static JsonDocument ReadObject(string path)
    {
        var bytes = ReadWhole(path);
        var json = bytes.AsMemory(bytes.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0);
        try
        {
            DemandText(path, json.Span);
            var document = JsonDocument.Parse(json);
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

    /// <summary>Reads a file of text.</summary>
    /// <exception cref="ModelFileException">It is larger than 32 MiB, or no file with content.</exception>
    public static byte[] ReadWhole(string path)
    {
        using var stream = ContentFile.Open(path);
        if (stream.Length > MaxLength)
            throw new ModelFileException(path, $"has {stream.Length} bytes, too many for this file; fetch it again");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>JSON may escape half a surrogate pair, which is no text.</summary>
    private static void DemandText(string path, ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            throw new ModelFileException(path, "is not valid UTF-8; fetch the file again");
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException caught)
            {
                throw new ModelFileException(path, "has half a surrogate pair in a text; fetch the file again", caught);
            }
        }
    }
}
