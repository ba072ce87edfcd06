namespace FineWebTorch.Hub.Tests;

public sealed class SignedUrlTests
{
    [Fact]
    public void Create_ReservedCharacters_AreSentAsTheyCame()
    {
        const string Signed = "https://cdn.example/a%7Eb/c%2Fd?Policy=x%7Ey__&Signature=a%2Bb~c";
        var url = SignedUrl.Create(Signed);
        Assert.Equal("/a%7Eb/c%2Fd?Policy=x%7Ey__&Signature=a%2Bb~c", url.PathAndQuery);
    }

    [Theory]
    [InlineData("https://c/x?Expires=1700000000&Signature=s", 1700000000L)]
    [InlineData("https://c/x?X-Amz-Date=20231114T221320Z&X-Amz-Expires=900&X-Amz-Signature=s", 1700000900L)]
    [InlineData("https://c/x?se=2023-11-14T22%3A13%3A20Z&sig=s", 1700000000L)]
    [InlineData("https://c/x", null)]
    [InlineData("https://c/x?Expires=soon", null)]
    public void Expiry_OfKnownSignatures_IsRead(string url, long? seconds) =>
        Assert.Equal(seconds, SignedUrl.Expiry(SignedUrl.Create(url))?.ToUnixTimeSeconds());

    [Fact]
    public void Redact_TextWithAddresses_DropsTheirQueries() =>
        Assert.Equal(
            "see https://c/x?… and \"http://d/y?…\".",
            SignedUrl.Redact("see https://c/x?Signature=s and \"http://d/y?sig=t\"."));

    [Theory]
    [InlineData("/api/x?etag=%22a%22", "http://h:1/api/x?etag=%22a%22")]
    [InlineData("//other/x", "http://other/x")]
    [InlineData("https://other/x?a=%7E", "https://other/x?a=%7E")]
    [InlineData("sibling", "http://h:1/datasets/sibling")]
    public void Resolve_Location_IsReadAgainstTheAnsweringAddress(string location, string expected) =>
        Assert.Equal(expected, SignedUrl.Resolve(new Uri("http://h:1/datasets/x?q=1"), location).OriginalString);
}
