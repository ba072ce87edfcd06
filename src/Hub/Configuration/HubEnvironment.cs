using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>What the environment says about the Hub, read as the official tools read it.</summary>
/// <param name="variable">Reads an environment variable; null where it is not set.</param>
public sealed partial class HubEnvironment(Func<string, string?> variable)
{
    public static readonly Uri DefaultEndpoint = new("https://huggingface.co");

    /// <summary>The environment of this process.</summary>
    public static HubEnvironment Process { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary><c>HF_ENDPOINT</c> without trailing slashes.</summary>
    /// <exception cref="HubPathException">It is no http or https address.</exception>
    public Uri Endpoint
    {
        get
        {
            if (Value("HF_ENDPOINT") is not { } text)
                return DefaultEndpoint;
            return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                ? url
                : throw new HubPathException(text, "HF_ENDPOINT must be an http or https address");
        }
    }

    /// <summary><c>HF_HOME</c>: the root of token and caches.</summary>
    public string Home =>
        Expand(Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));

    /// <summary><c>HF_HUB_CACHE</c>, else <c>hub</c> below <see cref="Home"/>.</summary>
    public string CacheFolder =>
        Value("HF_HUB_CACHE") is { } cache ? Expand(cache)
        : Value("HUGGINGFACE_HUB_CACHE") is { } legacy ? Expand(legacy)
        : Path.Combine(Home, "hub");

    public string TokenFile => Expand(Value("HF_TOKEN_PATH") ?? Path.Combine(Home, "token"));

    /// <summary>No HTTP at all.</summary>
    public bool Offline => IsOn("HF_HUB_OFFLINE") || IsOn("TRANSFORMERS_OFFLINE");

    /// <summary>False where files are to be copied into snapshots instead of linked.</summary>
    public bool Symlinks => !IsOn("HF_HUB_DISABLE_SYMLINKS");

    public ProxyVariables Proxies { get; } = new(variable);

    /// <summary>How long a body may stay silent.</summary>
    public TimeSpan DownloadTimeout => Seconds("HF_HUB_DOWNLOAD_TIMEOUT");

    /// <summary>
    /// <c>HF_TOKEN</c>, else <c>HUGGING_FACE_HUB_TOKEN</c>, else the file that <c>hf auth login</c> writes;
    /// null where there is none or <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c> is on.
    /// </summary>
    public HubToken? FindToken()
    {
        if (IsOn("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
            return null;
        return HubToken.From(variable("HF_TOKEN")) ?? HubToken.From(variable("HUGGING_FACE_HUB_TOKEN")) ??
            (File.Exists(TokenFile) ? HubToken.From(File.ReadAllText(TokenFile)) : null);
    }

    private bool IsOn(string name) => Value(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private TimeSpan Seconds(string name) => TimeSpan.FromSeconds(
        double.TryParse(Value(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? seconds : 10);

    private string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;

    private string Expand(string path)
    {
        path = Variable().Replace(path, match => Value(match.Groups[1].Value) ?? match.Value);
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = (Value("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) + path[1..];
        return Path.GetFullPath(path);
    }

    [GeneratedRegex(@"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")]
    private static partial Regex Variable();
}

/// <summary>An access token, which no text made from this object ever shows.</summary>
public sealed class HubToken
{
    private readonly string _value;

    private HubToken(string value) => _value = value;

    /// <summary>Line breaks and blanks are removed, as the official tools do; null where nothing is left.</summary>
    /// <exception cref="FormatException">No token can look like it.</exception>
    public static HubToken? From(string? text)
    {
        var value = text?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)
            .Trim();
        if (string.IsNullOrEmpty(value))
            return null;
        // The header would refuse it, and quote it.
        if (!value.All(c => char.IsBetween(c, '!', '~')))
            throw new FormatException(
                "the Hub's token (HF_TOKEN, or the file of 'hf auth login') has characters that no token has; copy it again");
        Redaction.Know(value);
        return new HubToken(value);
    }

    /// <summary>For who has to hand it on.</summary>
    public Secret ToSecret() => new(_value);

    internal AuthenticationHeaderValue Header => new("Bearer", _value);

    /// <summary>The text with the token blotted out, should a server have sent it back.</summary>
    internal string HideIn(string text) => text.Replace(_value, "(token)", StringComparison.Ordinal);

    public override string ToString() => "(token)";
}
