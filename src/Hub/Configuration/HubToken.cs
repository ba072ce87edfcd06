using System.Net.Http.Headers;

namespace FineWebTorch.Hub;

/// <summary>An access token, which no text made from this object ever shows.</summary>
public sealed class HubToken
{
    private readonly string _value;

    private HubToken(string value) => _value = value;

    /// <summary>Line breaks and blanks are removed, as the official tools do; null where nothing is left.</summary>
    public static HubToken? From(string? text)
    {
        var value = text?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)
            .Trim();
        return string.IsNullOrEmpty(value) ? null : new HubToken(value);
    }

    internal AuthenticationHeaderValue Header => new("Bearer", _value);

    /// <summary>The text with the token blotted out, should a server have sent it back.</summary>
    internal string HideIn(string text) => text.Replace(_value, "(token)", StringComparison.Ordinal);

    public override string ToString() => "(token)";
}
