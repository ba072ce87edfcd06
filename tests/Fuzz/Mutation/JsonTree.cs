using System.Text;
using System.Text.Json;

namespace FineWebTorch.Fuzz.Mutation;

/// <summary>
/// JSON that can be changed, and become what no serializer writes: keys that come twice, numbers of any length, lone
/// surrogates.
/// </summary>
internal sealed class JsonTree
{
    private const int MostDepth = 200;

    /// <summary>Of an object or a list; null for anything else.</summary>
    public List<(string? Key, JsonTree Value)>? Items { get; init; }

    /// <summary>As it stands in the text; null for an object or a list.</summary>
    public string? Raw { get; private init; }

    private bool IsObject { get; init; }

    public static JsonTree Of(string raw) => new() { Raw = raw };

    /// <summary>Null where the bytes are no JSON.</summary>
    public static JsonTree? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostDepth });
            reader.Read();
            var tree = Read(ref reader);
            return reader.Read() ? null : tree;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>This node and all below it that hold others.</summary>
    public IEnumerable<JsonTree> Containers() => Items is null ? []
        : Items.SelectMany(item => item.Value.Containers()).Prepend(this);

    /// <summary>A key of this node: quoted in an object, none in a list.</summary>
    public string? Key(string quoted) => IsObject ? quoted : null;

    private static JsonTree Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return Of(RawOf(ref reader));
        var node = new JsonTree { Items = [], IsObject = reader.TokenType == JsonTokenType.StartObject };
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            var key = node.IsObject ? RawOf(ref reader) : null;
            if (node.IsObject)
                reader.Read();
            node.Items.Add((key, Read(ref reader)));
        }

        return node;
    }

    private static string RawOf(ref Utf8JsonReader reader)
    {
        var raw = Encoding.UTF8.GetString(reader.ValueSpan);
        return reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? $"\"{raw}\"" : raw;
    }

    private void Write(StringBuilder text)
    {
        if (Items is null)
        {
            text.Append(Raw);
            return;
        }

        text.Append(IsObject ? '{' : '[');
        for (var i = 0; i < Items.Count; i++)
        {
            text.Append(i > 0 ? "," : "").Append(Items[i].Key).Append(IsObject ? ":" : "");
            Items[i].Value.Write(text);
        }

        text.Append(IsObject ? '}' : ']');
    }
}
