using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Web;

/// <summary>
/// Who may watch a run with a browser: whoever brings a code that the coordinator has given out, once; from then on that
/// browser, by a cookie. Also on loopback, which every user of the machine reaches: the page shows what documents say.
/// Cookies are signed with a key in the run's folder, so that they outlive the coordinator; deleting it ends them all.
/// </summary>
internal sealed class WatchAccess
{
    public static readonly TimeSpan CookieLife = TimeSpan.FromDays(30);

    /// <summary>In the run's folder.</summary>
    public const string KeyName = "web.key";

    private const string CodePrefix = "fww1_";
    private const int MostCodes = 100;
    private const int NonceBytes = 16;
    private const int ContentBytes = sizeof(long) + NonceBytes;

    private static readonly TimeSpan CodeLife = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, DateTimeOffset> _codes = new(StringComparer.Ordinal);
    private readonly byte[] _key;
    private readonly TimeProvider _time;

    private WatchAccess(byte[] key, TimeProvider time) => (_key, _time) = (key, time);

    /// <param name="runFolder">Absolute, and locked by this process.</param>
    /// <exception cref="IOException">No key can be kept there.</exception>
    public static WatchAccess Of(string runFolder, TimeProvider time)
    {
        var key = PrivateFile.ReadOrMake(
            Path.Combine(runFolder, KeyName),
            text => Base64Url.IsValid(text, out var bytes) && bytes == Secret.Bytes,
            () => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Secret.Bytes)));
        return new WatchAccess(Base64Url.DecodeFromChars(key), time);
    }

    /// <summary>Lets one browser in, within a day. Of many that nobody has used the oldest no longer does.</summary>
    public Secret NewCode()
    {
        var code = Secret.Draw(CodePrefix);
        lock (_lock)
        {
            if (_codes.Count == MostCodes)
                _codes.RemoveAt(0);
            _codes[code.Hash()] = _time.GetUtcNow() + CodeLife;
        }

        return code;
    }

    /// <returns>The content of a cookie; null where the code is none, or was one.</returns>
    public string? Redeem(Secret code)
    {
        lock (_lock)
        {
            if (!_codes.Remove(code.Hash(), out var end) || end <= _time.GetUtcNow())
                return null;
        }

        var content = new byte[ContentBytes];
        BinaryPrimitives.WriteInt64BigEndian(content, (_time.GetUtcNow() + CookieLife).ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(content.AsSpan(sizeof(long)));
        return Base64Url.EncodeToString([.. content, .. Sign(content)]);
    }

    public bool Knows(string? cookie)
    {
        const int length = ContentBytes + HMACSHA256.HashSizeInBytes;
        if (cookie is null || !Base64Url.IsValid(cookie, out var bytes) || bytes != length)
            return false;
        var content = Base64Url.DecodeFromChars(cookie);
        return CryptographicOperations.FixedTimeEquals(
                Sign(content.AsSpan(0, ContentBytes)), content.AsSpan(ContentBytes)) &&
            BinaryPrimitives.ReadInt64BigEndian(content) > _time.GetUtcNow().ToUnixTimeSeconds();
    }

    /// <summary>What a page has to show beside its cookie, which a browser sends by itself, to change anything.</summary>
    public string TokenOf(string cookie) =>
        Base64Url.EncodeToString(Sign(Encoding.UTF8.GetBytes("change " + cookie)));

    /// <returns>Whether the token is that of the cookie.</returns>
    public bool IsTokenOf(string cookie, string? token) => token is not null && new Secret(TokenOf(cookie)) == new Secret(token);

    private byte[] Sign(ReadOnlySpan<byte> content) => HMACSHA256.HashData(_key, content);
}
