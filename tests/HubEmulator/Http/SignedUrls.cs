using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>Signs addresses in the two ways that clients meet: CloudFront's for downloads, S3's for uploads.</summary>
public sealed class SignedUrls(TimeProvider time)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private int _generation;

    /// <summary>Makes every address given out so far count as expired.</summary>
    public void ExpireAll() => Interlocked.Increment(ref _generation);

    internal string ForDownload(string url, TimeSpan life)
    {
        var expires = (time.GetUtcNow() + life).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{url}?Expires={expires}&Signature={Sign(url, expires)}&Key-Pair-Id=K%7EEMULATOR";
    }

    internal string ForUpload(string url, TimeSpan life)
    {
        var date = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var seconds = ((int)life.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var separator = url.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{url}{separator}X-Amz-Date={date}&X-Amz-Expires={seconds}&X-Amz-Signature={Sign(url, date + seconds)}";
    }

    /// <param name="url">What was signed: the address before the signature's parameters.</param>
    internal bool IsGood(string url, IQueryCollection query)
    {
        if (query.TryGetValue("Expires", out var expires))
        {
            var end = DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires.ToString(), CultureInfo.InvariantCulture));
            // Decoding a reserved character on the way would have broken a real signature.
            return query["Key-Pair-Id"] == "K~EMULATOR" && end > time.GetUtcNow() &&
                query["Signature"] == Sign(url, expires.ToString());
        }
        var (date, seconds) = (query["X-Amz-Date"].ToString(), query["X-Amz-Expires"].ToString());
        return DateTimeOffset.TryParseExact(
                date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var start) &&
            start.AddSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)) > time.GetUtcNow() &&
            query["X-Amz-Signature"] == Sign(url, date + seconds);
    }

    private string Sign(string url, string life) => Convert.ToHexStringLower(HMACSHA256.HashData(
        _key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{url} {life} {_generation}"))));
}
